import type { conditions as english } from "../en/conditions.ts";
import type { Spoken } from "../spoken.ts";

/** The words of conditions. */
export const conditions: Spoken<typeof english> = {
  allHold: "すべてを満たす",
  anyHold: "いずれかを満たす",
  howRows: "組み合わせ",
  addGroup: "グループ",
  intoGroup: "グループに入れる",
  outOfGroup: "グループから出す",
  takeApart: "グループを解く",
  removeGroup: "グループを削除",
  conditionKeys: "Enter で変更、Alt と矢印キーで移動、Delete で削除",
  noConditions: "条件はありません。常に成り立ちます。",
  onlyTyped: "行では表せないため、入力された式のままです。",
  andRow: "かつ",
  orRow: "または",
  operators: {
    is: "が次と等しい",
    isNot: "が次と異なる",
    isEmpty: "が空",
    isFilled: "が空でない",
    contains: "が次を含む",
    lacks: "が次を含まない",
    startsWith: "が次で始まる",
    isAtLeast: "が次以上",
    isLess: "が次より小さい",
    isFrom: "が次の日以降",
    isBefore: "が次の日より前",
    isTrue: "がはい",
    isNotTrue: "がはいでない",
  },
};
