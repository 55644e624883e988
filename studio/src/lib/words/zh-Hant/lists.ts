import type { lists as english } from "../en/lists.ts";
import type { Spoken } from "../spoken.ts";

/** The words of lists, in Traditional Chinese. */
export const lists: Spoken<typeof english> = {
  viewActs: (title) => `檢視「${title}」`,
  saveChanges: "儲存變更",
  saveAsNew: "另存新檢視…",
  saveView: "儲存檢視",
  resetView: "還原",
  viewFor: "給誰使用",
  viewForMe: "只給我",
  viewForAll: "給所有人",
  viewForAllAbout: "無法讀取其中所有欄位的人不會看到它。",
  editView: "重新命名或共用…",
  copyLink: "複製連結",
  linkCopied: "已複製連結。",
  deleteView: "刪除檢視",
  viewDeleted: (title) => `已刪除${title}`,
  viewGone: "這個檢視已不存在，或未與您共用。",
  viewMended: "這個檢視的部分內容已不存在，因此略過。",
  sharedBy: (name) => `由 ${name} 共用`,
  sharedByYou: "由您共用",
  onlyYours: "只有您看得到",
  dateField: "依日期",
};
