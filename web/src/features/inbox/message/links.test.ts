import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import LinkedText from "./LinkedText.vue";
import { piecesOf } from "./links";

const links = (text: string) => piecesOf(text).flatMap((p) => (p.href ? [p.text] : []));

describe("piecesOf", () => {
  it.each([
    ["See https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"]],
    ["(https://example.com)", ["https://example.com"]],
    ["https://en.example.org/wiki/Lamp_(light)", ["https://en.example.org/wiki/Lamp_(light)"]],
    ["HTTPS://EXAMPLE.com, http://two.example!", ["HTTPS://EXAMPLE.com", "http://two.example"]],
    ["“https://example.com”", ["https://example.com"]],
    ["javascript:alert(1) data:text/html,x ftp://example.com www.example.com", []],
    ["https://instagram.com@evil.example/login", []],
    ["https://user:word@example.com", []],
    ["https://example.com/\u202egnp.exe", []],
    ["https:// and http://", []],
    ["no address", []],
  ])("finds the addresses of %s", (text, want) => {
    expect(links(text)).toEqual(want);
    expect(
      piecesOf(text)
        .map((p) => p.text)
        .join(""),
    ).toBe(text);
  });

  it("names the host that lookalike letters stand for", () => {
    expect(piecesOf("https://аpple.com/x")[0]?.host).toBe("xn--pple-43d.com");
    expect(piecesOf("https://example.com")[0]?.host).toBeUndefined();
  });
});

describe("LinkedText", () => {
  it("keeps white space and markup as they are, and gives links nothing of ours", () => {
    const text = "a\n  <b>b</b> https://example.com/x.\nend";
    const p = mount(LinkedText, { props: { text } });
    expect(p.element.textContent).toBe(text);
    const a = p.get("a");
    expect([a.attributes("rel"), a.attributes("target"), a.attributes("href")]).toEqual([
      "noopener noreferrer nofollow",
      "_blank",
      "https://example.com/x",
    ]);
    expect(p.find("b").exists()).toBe(false);
  });
});
