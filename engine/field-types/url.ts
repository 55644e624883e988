import type { FieldType } from "./field-type.ts";

const address = '^https?://[^\\s"<>\\\\^`{|}\\u0000-\\u001f\\p{Cs}/?#]+[^\\s"<>\\u0000-\\u001f\\p{Cs}]*$';
const pattern = new RegExp(address, "u");

/** An address in the web. Other schemes are refused: `javascript:` would run. */
export const url: FieldType = {
  name: "url",
  label: "Web address",
  about: "A web address.",
  icon: "link",
  widget: "url",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "string", maxLength: 2000, pattern: address }),
  type: () => ({ kind: "text" }),
  searched: true,
  read: (written) => {
    const whole = /^[a-z][a-z0-9+.-]*:/i.test(written) && !/^[^/]+:\d/.test(written) ? written : `https://${written}`;
    return pattern.test(whole) && (whole === written || written.includes(".")) ? whole : undefined;
  },
  asks: "url",
  examples: {
    field: {},
    valid: ["https://example.com", "http://localhost:3000/a?b=c#d", "https://例え.jp/路"],
    invalid: ["", "example.com", "javascript:alert(1)", "https://", "https://a b", "ftp://example.com", 1],
  },
};
