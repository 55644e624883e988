/** Signs of scripts that put no space between words: Chinese, Japanese, Korean. The database knows the same ones. */
const run =
  /[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\u{20000}-\u{3ffff}]+/gu;

/**
 * What `trellis.bigrams` of a text holds where the text holds these words: each two signs that stand beside each other,
 * and a sign that stands alone. None where the words have no such sign.
 */
export function bigramsOf(words: string): readonly string[] {
  const found = [...words.matchAll(run)].flatMap(([signs]) => {
    const each = [...signs];
    return each.length === 1 ? each : each.slice(1).map((sign, before) => each[before]! + sign);
  });
  return [...new Set(found)];
}
