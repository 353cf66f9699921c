import type { Directive } from "vue";

/** On a row of links that may be wider than its window: the one of the page that is shown can be seen. */
export const vCurrentInView: Directive<HTMLElement> = {
  mounted(row) {
    show(row);
    new ResizeObserver(() => show(row)).observe(row); // goes with the row
  },
  updated: show,
};

function show(row: HTMLElement): void {
  row.querySelector('[aria-current="page"]')?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
}
