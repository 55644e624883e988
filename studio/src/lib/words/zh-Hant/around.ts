/** 含相關紀錄的時間軸用語。 */
export const around = {
  noSubject: "無主旨",
  mailFrom: (who: string) => `來自 ${who}`,
  mailSent: "已寄出",
  hiddenHere: "有您看不到的項目",
  changedIt: "變更了",
  filledIn: (titles: string) => `留空的欄位會自動填入：${titles}`,
} as const;
