import type { valueSets as english } from "../en/value-sets.ts";
import type { Spoken } from "../spoken.ts";

/** The words of choices that fields share. */
export const valueSets: Spoken<typeof english> = {
  valueSets: "共用選項",
  newValueSet: "新增選項集",
  noValueSets: "目前沒有共用的選項。",
  valueSetText: "停用的選項會留在已使用它的記錄上，但不再提供選擇。移除選項時，計畫會詢問持有該值的記錄要如何處理。",
  removeValueSet: "移除選項集",
  removeValueSetText: "使用中的欄位必須先改用其他選項。",
  labelsIn: "並列語言",
  noOtherLanguage: "無",
  choiceOrderKeys: "拖曳，或在標籤中按 Alt 加方向鍵來移動",
  retire: (title) => `停用${title}`,
  offerAgain: (title) => `重新提供${title}`,
  openSet: (title) => `開啟${title}的選項`,
};
