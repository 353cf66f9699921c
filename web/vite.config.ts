import { fileURLToPath, URL } from "node:url";
import VueI18n from "@intlify/unplugin-vue-i18n/vite";
import tailwindcss from "@tailwindcss/vite";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    vue(),
    tailwindcss(),
    VueI18n({
      include: fileURLToPath(new URL("./src/i18n/**/*.json", import.meta.url)),
      runtimeOnly: true,
      dropMessageCompiler: true,
      fullInstall: false, // no components and directives of its own: texts come by t() alone
    }),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { manifest: true, target: "es2022", modulePreload: { polyfill: false } },
  server: {
    // changeOrigin stays off, so that the server sees the origin that the browser shows.
    proxy: Object.fromEntries(["/api", "/auth", "/media"].map((path) => [path, "http://127.0.0.1:8080"])),
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"], setupFiles: ["src/i18n/forTests.ts"] },
});
