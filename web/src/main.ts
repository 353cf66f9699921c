import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { i18n, loadTexts } from "./i18n";
import { createAppRouter } from "./router";
import "./style.css";

await loadTexts("base");
const app = createApp(App).use(createPinia()).use(i18n);
app.use(createAppRouter()).mount("#app");
