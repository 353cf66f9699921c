import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { begin, i18n } from "./i18n";
import { watchForCrashes } from "./features/shell/crash";
import { showCrash } from "./features/shell/showCrash";
import { createAppRouter } from "./router";
import "./style.css";

await begin("base");
const app = createApp(App).use(createPinia()).use(i18n);
watchForCrashes(app, showCrash);
app.use(createAppRouter()).mount("#app");
