import type { forms as english } from "../en/forms.ts";
import type { Spoken } from "../spoken.ts";

/** The words of forms that follow what is typed into them. */
export const forms: Spoken<typeof english> = {
  notOffered: (value) => `此處不提供「${value}」，請改選其他選項。`,
  formClears: (value) => `儲存後將清空：${value}。`,
  formKeeps: (value) => `不再顯示，但保留其值：${value}。`,
  formShows: (value) => `現在也要填寫：${value}。`,
  alsoAsked: "還需要一併填寫",
};
