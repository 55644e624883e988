/** The words of what has happened to a record: known kinds of facts by their types, and what else there is to say of one. */
export const facts = {
  factTitles: {
    "form.submitted": "填寫了表單",
    "page.visited": "瀏覽了網頁",
    "mail.sent": "已寄出郵件",
    "mail.opened": "開啟了郵件",
    "mail.clicked": "點擊了郵件中的連結",
    "mail.bounced": "郵件被退回",
    "mail.complained": "將郵件回報為垃圾郵件",
    "mail.replied": "回覆了郵件",
    "mail.received": "寄來了郵件",
    "consent.granted": "表示同意",
    "consent.confirmed": "確認了同意",
    "consent.withdrawn": "撤回了同意",
    "survey.answered": "回答了問卷",
    "survey.changed": "修改了問卷回答",
    "score.crossed": "分數越過了界線",
    "segment.entered": "進入了分群",
    "segment.left": "離開了分群",
  },
  factFrom: (source: string) => `來自 ${source}`,
} as const;
