import { formatter } from "@/i18n/locale";

const plain = formatter((tag) => new Intl.NumberFormat(tag));
const oneDigit = formatter((tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }));
const megabytes = formatter(
  (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: 1, minimumFractionDigits: 1 }),
);

/** A number as people of this place write it. */
export const numberText = (n: number): string => plain().format(n);

/** A number with one digit behind the point at most. */
export const roughText = (n: number): string => oneDigit().format(n);

/** The size of a file, in megabytes. */
export const sizeText = (bytes: number): string => `${megabytes().format(Math.max(bytes / 1024 / 1024, 0.1))} MB`;
