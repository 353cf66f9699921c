export { useConnection } from "./connection";
export { default as ConnectionBanner } from "./ConnectionBanner.vue";
