import type { valueSets as english } from "../en/value-sets.ts";
import type { Spoken } from "../spoken.ts";

/** The words of choices that fields share. */
export const valueSets: Spoken<typeof english> = {
  valueSets: "共有の選択肢",
  newValueSet: "新しいセット",
  noValueSets: "共有されている選択肢はまだありません。",
  valueSetText:
    "廃止した選択肢は、使われているレコードにはそのまま残り、新たには選べなくなります。削除すると、その値を持つレコードをどうするかをプランで尋ねます。",
  removeValueSet: "セットを削除",
  removeValueSetText: "使用中の項目には、先に別の選択肢が必要です。",
  labelsIn: "併記する言語",
  noOtherLanguage: "なし",
  choiceOrderKeys: "ドラッグするか、ラベル内で Alt と矢印キーを押すと移動します",
  retire: (title) => `${title}を廃止`,
  offerAgain: (title) => `${title}を再び使う`,
  openSet: (title) => `${title}の選択肢を開く`,
};
