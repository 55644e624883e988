import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them, and of the conditions behind them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `此處不提供「${value}」，請改選其他選項。`,
  formClears: (value) => `儲存後將清空：${value}。`,
  formKeeps: (value) => `不再顯示，但保留其值：${value}。`,
  formShows: (value) => `現在也要填寫：${value}。`,
  alsoAsked: "還需要一併填寫",
  conditions: "條件",
  shownWhen: "顯示時機",
  requiredWhen: "必填時機",
  requiredShown: "顯示時一律必填",
  whenHidden: "不顯示時，其值",
  hiddenKeep: "保留",
  hiddenClear: "清空",
  asOtherField: "同時顯示",
  offers: "依條件提供的選項",
  offerTitle: (n) => `依條件提供的選項 ${n}`,
  offerWhen: "提供時機",
  addOffer: "新增依條件提供的選項",
  byRole: "填寫者的角色",
  always: "一律",
  ruleOff: "已停用",
  ruleIsOn: "套用此規則",
  sectionWhen: "區段顯示時機",
};
