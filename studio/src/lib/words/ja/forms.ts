import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them, and of the conditions behind them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `ここでは「${value}」を選べません。別のものを選んでください。`,
  formClears: (value) => `保存すると空になります：${value}`,
  formKeeps: (value) => `表示されなくなりますが、値は残ります：${value}`,
  formShows: (value) => `入力項目が増えました：${value}`,
  alsoAsked: "併せて入力が必要です",
  conditions: "条件",
  shownWhen: "表示する条件",
  requiredWhen: "入力必須にする条件",
  requiredShown: "表示するときは常に入力必須",
  whenHidden: "表示しないときの値",
  hiddenKeep: "残す",
  hiddenClear: "空にする",
  asOtherField: "同じ条件で表示",
  offers: "条件による選択肢",
  offerTitle: (n) => `条件による選択肢${n}`,
  offerWhen: "提示する条件",
  addOffer: "条件による選択肢を追加",
  byRole: "入力する人のロール",
  always: "常に",
  ruleOff: "停止中",
  ruleIsOn: "このルールを適用する",
  sectionWhen: "セクションを表示する条件",
};
