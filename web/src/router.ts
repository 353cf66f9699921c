import {
  createRouter,
  createWebHistory,
  type RouteComponent,
  type RouteLocationNormalized,
  type RouteRecordRaw,
  type Router,
} from "vue-router";
import { loadTexts, type Part } from "@/i18n";
import { failureOf } from "@/api/problem";
import { useSession } from "@/stores/session";
import { keptVisit } from "@/stores/visit";
import { addressOf, cleanReturnTo } from "@/features/auth/returnTo";
import { forgetTyped } from "@/features/stepup/typed";
import { forgetKept } from "@/features/inbox/composer/kept";

declare module "vue-router" {
  interface RouteMeta {
    /** Shown to people who are not signed in. */
    public?: boolean;
  }
}

/** The pages. Which account and which conversation are shown stands in the address, so that a reload and Back keep them. */
export function createAppRouter(): Router {
  const inbox = page(["inbox"], () => import("@/features/inbox/InboxPage.vue"));
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: "/login",
        name: "login",
        component: () => import("@/features/auth/LoginPage.vue"),
        meta: { public: true },
      },
      { path: "/", name: "home", component: inbox },
      { path: "/staff/:tab?", name: "staff", component: page(all, () => import("@/features/staff/ConsolePage.vue")) },
      { path: "/a/:username", redirect: (to) => ({ name: "inbox", params: to.params }) },
      { path: "/a/:username/inbox/:conversation?", name: "inbox", component: inbox },
      {
        path: "/a/:username/settings/connection",
        name: "connection",
        component: page(all, () => import("@/features/connection/ConnectionPage.vue")),
      },
      {
        path: "/a/:username/insights",
        name: "insights",
        component: page(all, () => import("@/features/insights/InsightsPage.vue")),
      },
      ...settings("team", () => import("@/features/settings/TeamPage.vue")),
      ...settings("saved-replies", () => import("@/features/settings/SavedRepliesPage.vue")),
      ...settings("labels", () => import("@/features/settings/LabelsPage.vue")),
      ...settings("keys", () => import("@/features/settings/KeysPage.vue")),
      ...settings("audit", () => import("@/features/settings/AuditPage.vue")),
      ...settings("support", () => import("@/features/settings/SupportPage.vue")),
      ...settings("data", () => import("@/features/settings/DataPage.vue")),
      ...settings("appearance", () => import("@/features/settings/AppearancePage.vue")),
      ...settings("notices", () => import("@/features/settings/NoticesPage.vue")),
      ...settings("devices", () => import("@/features/settings/DevicesPage.vue")),
      {
        path: "/invite",
        name: "invite",
        component: page(all, () => import("@/features/invite/InvitePage.vue")),
        meta: { public: true },
      },
      {
        path: "/break-glass",
        name: "break-glass",
        component: page(all, () => import("@/features/invite/BreakGlassPage.vue")),
        meta: { public: true },
      },
      {
        path: "/erased",
        name: "erased",
        component: page(all, () => import("@/features/erase/ErasedPage.vue")),
        meta: { public: true },
      },
      {
        path: "/trouble",
        name: "trouble",
        component: () => import("@/features/shell/TroublePage.vue"),
        meta: { public: true },
      },
      { path: "/:rest(.*)*", name: "missing", component: () => import("@/features/shell/MissingPage.vue") },
    ],
  });
  router.beforeEach((to) => admit(to));
  useSession().whenLost(({ left, visiting, untold }) => {
    if (left) {
      forgetKept();
      forgetTyped();
    }
    const at = router.currentRoute.value;
    if (at.meta.public) return;
    const back = visiting ? "/staff" : addressOf(at); // a visit cannot be gone on with after a new sign-in
    const word = untold ? { error: "sign_out_untold" } : {};
    void router.push({ name: "login", query: left ? word : { error: "session_expired", return_to: back } });
  });
  useSession().whenVisitOver(() => void router.push({ name: "staff", query: { over: "1" } }));
  // A chunk of an older version is gone after an update: load the page anew.
  router.onError((error: Error, to) => {
    if (/dynamically imported module|Importing a module/.test(error.message)) location.assign(to.fullPath);
  });
  return router;
}

const all = ["inbox", "settings"] as const;

/** A page that comes together with its texts. */
function page(texts: readonly Part[], component: () => Promise<unknown>): RouteComponent {
  const load = () => Promise.all([component(), loadTexts(...texts)]).then(([module]) => module);
  return load as RouteComponent;
}

function settings(name: string, component: () => Promise<unknown>): RouteRecordRaw[] {
  return [{ path: `/a/:username/settings/${name}`, name, component: page(all, component) }];
}

/** Decides before each page who may see it, and sends everybody to the account that the address names. */
async function admit(to: RouteLocationNormalized) {
  const session = useSession();
  if (to.hash === "#_") return { ...to, hash: "", replace: true }; // Instagram's mark on the address that it leads back to
  if (to.meta.public) return true;
  const entered = session.signedIn || (await session.createSession(visitAt(to)).catch(whyNot));
  if (typeof entered === "string")
    return { name: "trouble", query: { to: cleanReturnTo(addressOf(to)), why: entered } };
  if (!entered) {
    return { name: "login", query: to.path === "/" ? {} : { return_to: cleanReturnTo(addressOf(to)) } };
  }
  if (!session.account) return to.name === "staff" ? true : { name: "staff" };
  if (to.name === "staff" && session.staffRole && !session.support) return true;
  if (to.name === "home" || to.name === "staff")
    return { name: "inbox", params: { username: session.account.username } };
  if (!to.params.username || to.params.username === session.account.username) return true;
  return enter(String(to.params.username)).catch((error: unknown) => ({
    name: "trouble",
    query: { to: to.fullPath, why: whyNot(error) || "network" },
  }));
}

/** In a word why the server could not be asked; false when it has answered that nobody is signed in. */
function whyNot(error: unknown): "maintenance" | "network" | false {
  const { status } = failureOf(error);
  if (status === 0) return "network";
  return [502, 503, 504].includes(status) ? "maintenance" : false;
}

/** The account of the visit that this tab is on, when the address leads there. */
function visitAt(to: RouteLocationNormalized): string | undefined {
  const visit = keptVisit();
  return visit && visit.username === to.params.username ? visit.account_id : undefined;
}

/** Opens another account of this person; one that is not theirs does not exist. */
async function enter(username: string) {
  const session = useSession();
  await session.loadAccounts();
  const wanted = session.accounts.find((a) => a.username === username);
  if (!wanted) return { name: "missing", params: { rest: ["nothing"] } };
  return (await session.createSession(wanted.account_id)) || { name: "login" };
}
