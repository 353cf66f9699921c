import { describe, expect, it } from "vitest";
import { judgeFile } from "./fileRules";

const MB = 1024 * 1024;

describe("judgeFile", () => {
  it.each([
    ["image/png", 8 * MB, { kind: "image" }],
    ["image/JPEG", 1, { kind: "image" }],
    ["image/png", 8 * MB + 1, { refusal: "size", limit: 8 }],
    ["video/quicktime", 25 * MB, { kind: "video" }],
    ["application/pdf", 25 * MB + 1, { refusal: "size", limit: 25 }],
    ["image/heic", 10, { refusal: "type", limit: 0 }],
    ["", 10, { refusal: "type", limit: 0 }],
    ["image/png", 0, { refusal: "empty", limit: 0 }],
  ])("%s of %d bytes", (type, size, verdict) => expect(judgeFile({ type, size })).toEqual(verdict));
});
