/** The shape of words in any language: the same keys; texts are texts, and sentences take what the English ones take. */
export type Spoken<Words> = Words extends string
  ? string
  : Words extends (...given: infer Given) => string
    ? (...given: Given) => string
    : { readonly [Key in keyof Words]: Spoken<Words[Key]> };
