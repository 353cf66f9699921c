// Fails when a page's first load is over its budget. What a page loads is read from the manifest: its entry, the route's chunk, its texts
// and all that these import.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KB = 1024;
const pages = [
  { name: "login", route: "src/features/auth/LoginPage.vue", texts: ["base"], js: 120 * KB },
  { name: "inbox", route: "src/features/inbox/InboxPage.vue", texts: ["base", "inbox"], js: 190 * KB },
];
const cssBudget = 15 * KB;
const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));

function collect(key, files) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`manifest has no ${key}`);
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) collect(next, files);
  return files;
}

const size = (files, ending) =>
  [...files]
    .filter((f) => f.endsWith(ending))
    .reduce((n, f) => n + gzipSync(readFileSync(`dist/${f}`), { level: 9 }).length, 0);

let over = false;
for (const page of pages) {
  const files = collect(page.route, collect("index.html", new Set()));
  for (const part of page.texts) collect(`src/i18n/en/${part}.json`, files);
  const js = size(files, ".js");
  const css = size(files, ".css");
  over ||= js > page.js || css > cssBudget;
  console.log(
    `${page.name}: ${(js / KB).toFixed(1)} KB of ${page.js / KB} KB JS gz, ${(css / KB).toFixed(1)} KB of ${cssBudget / KB} KB CSS gz`,
  );
}
if (over) {
  console.error("over budget");
  process.exit(1);
}
