import type { conditions as english } from "../en/conditions.ts";
import type { Spoken } from "../spoken.ts";

/** The words of conditions. */
export const conditions: Spoken<typeof english> = {
  allHold: "符合全部",
  anyHold: "符合任一",
  howRows: "組合方式",
  addGroup: "群組",
  intoGroup: "放入群組",
  outOfGroup: "移出群組",
  takeApart: "解散群組",
  removeGroup: "移除群組",
  conditionKeys: "Enter 變更，Alt 加方向鍵移動，Delete 移除",
  noConditions: "沒有條件：永遠成立。",
  onlyTyped: "列無法呈現此式，保持輸入的樣子。",
  andRow: "且",
  orRow: "或",
  operators: {
    is: "等於",
    isNot: "不等於",
    isEmpty: "為空",
    isFilled: "不為空",
    contains: "包含",
    lacks: "不包含",
    startsWith: "開頭為",
    isAtLeast: "至少為",
    isLess: "小於",
    isFrom: "在此日或之後",
    isBefore: "早於",
    isTrue: "為是",
    isNotTrue: "不為是",
  },
};
