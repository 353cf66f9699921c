import vue from "eslint-plugin-vue";
import a11y from "eslint-plugin-vuejs-accessibility";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "src/api/schema.d.ts"] },
  ...ts.configs.strict,
  ...vue.configs["flat/recommended"],
  ...a11y.configs["flat/recommended"],
  { files: ["**/*.vue"], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "vue/block-order": ["error", { order: ["script", "template"] }],
      "vue/no-v-html": "error",
      // TypeScript knows the globals of a browser.
      "no-undef": "off",
      // Prettier lays templates out.
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": "off",
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/multiline-html-element-content-newline": "off",
      // A label may stand beside its field or around it.
      "vuejs-accessibility/label-has-for": ["error", { required: { some: ["id", "nesting"] } }],
      // Safari drops the role of a list whose markers are styled away, so it is said again.
      "vuejs-accessibility/no-redundant-roles": "off",
    },
  },
);
