import type { LinkMailWords } from "../mail/link-mail.ts";
import type { PublicLanguage } from "../public-language.ts";

/** What a mail says that brings a link. */
interface LinkMail {
  readonly company: string;
  readonly title: string;
  readonly link: string;
}

interface PortalWords {
  readonly signIn: string;
  readonly signInText: string;
  readonly address: string;
  readonly addressWrong: string;
  readonly sendLink: string;
  readonly sent: string;
  readonly sentText: string;
  readonly enterText: string;
  readonly enter: string;
  readonly badLink: string;
  readonly badLinkText: string;
  readonly begin: string;
  readonly signOut: string;
  readonly none: string;
  readonly noneFound: string;
  readonly search: string;
  readonly find: string;
  readonly more: string;
  readonly add: string;
  readonly made: string;
  readonly state: string;
  readonly details: string;
  readonly talk: string;
  readonly noTalk: string;
  readonly you: string;
  readonly write: string;
  readonly attach: string;
  readonly attachText: string;
  readonly send: string;
  readonly back: string;
  readonly missing: string;
  readonly missingText: string;
  readonly notNow: string;
  readonly closed: string;
  readonly tooOften: string;
  readonly yes: string;
  readonly no: string;
  readonly mail: LinkMailWords<LinkMail>;
}

const words: Readonly<Record<PublicLanguage, PortalWords>> = {
  en: {
    signIn: "Sign in",
    signInText: "We send you a link by which you sign in. You need no password.",
    address: "Your e-mail address",
    addressWrong: "This is no e-mail address.",
    sendLink: "Send me a link",
    sent: "Look into your mail",
    sentText: "If we know this address, a mail with a link is under way. The link works once and for 15 minutes.",
    enterText: "Go on to see what is yours.",
    enter: "Sign in now",
    badLink: "This link does not work",
    badLinkText: "It was used, or it is older than 15 minutes. Ask for another one.",
    begin: "Ask for another link",
    signOut: "Sign out",
    none: "There is nothing here yet.",
    noneFound: "Nothing was found.",
    search: "Search",
    find: "Find",
    more: "More",
    add: "New",
    made: "From",
    state: "State",
    details: "Details",
    talk: "Messages",
    noTalk: "There are no messages yet.",
    you: "You",
    write: "Write a message",
    attach: "Attach files",
    attachText: "Pictures, PDF, texts and office documents: five at most, 10 MB each.",
    send: "Send",
    back: "Back",
    missing: "This page is not there",
    missingText: "What you look for is not there, or it is not yours.",
    notNow: "This cannot be done as things stand now. Please look at the page again.",
    closed: "This page is closed.",
    tooOften: "That was too often. Please wait some minutes.",
    yes: "Yes",
    no: "No",
    mail: {
      subject: ({ title, company }) => `Your link to sign in: ${title}, ${company}`,
      hello: () => "Hello,",
      ask: ({ company, title }) =>
        `by this link you sign in to "${title}" of ${company}. It works once and for 15 minutes.`,
      button: () => "Sign in",
      ignore: () => "If you did not ask for it, leave this mail alone: nobody has signed in.",
    },
  },
  ja: {
    signIn: "サインイン",
    signInText: "サインイン用のリンクをメールでお送りします。パスワードは不要です。",
    address: "メールアドレス",
    addressWrong: "メールアドレスの形式が正しくありません。",
    sendLink: "リンクを送信",
    sent: "メールをご確認ください",
    sentText: "登録済みのアドレスの場合、リンクをメールでお送りしました。リンクは15分間、一度だけ使えます。",
    enterText: "続けると、お客様の内容が表示されます。",
    enter: "サインインする",
    badLink: "このリンクは使えません",
    badLinkText: "使用済みか、15分を過ぎています。もう一度リンクをお求めください。",
    begin: "リンクをもう一度送信",
    signOut: "サインアウト",
    none: "まだ何もありません。",
    noneFound: "見つかりませんでした。",
    search: "検索",
    find: "検索する",
    more: "さらに表示",
    add: "新規",
    made: "受付",
    state: "状況",
    details: "詳細",
    talk: "やり取り",
    noTalk: "まだやり取りはありません。",
    you: "お客様",
    write: "返信を書く",
    attach: "ファイルを添付",
    attachText: "画像、PDF、テキスト、オフィス文書を添付できます。最大5件、1件10MBまでです。",
    send: "送信",
    back: "戻る",
    missing: "ページが見つかりません",
    missingText: "お探しのものは存在しないか、お客様のものではありません。",
    notNow: "現在の状況ではこの操作はできません。ページをもう一度ご覧ください。",
    closed: "このページは現在ご利用いただけません。",
    tooOften: "回数が多すぎます。数分お待ちください。",
    yes: "はい",
    no: "いいえ",
    mail: {
      subject: ({ title, company }) => `サインイン用リンク：${title}（${company}）`,
      hello: () => "こんにちは。",
      ask: ({ company, title }) =>
        `次のリンクから ${company} の「${title}」にサインインできます。リンクは15分間、一度だけ使えます。`,
      button: () => "サインイン",
      ignore: () => "お心当たりがない場合は、このメールを無視してください。サインインは行われていません。",
    },
  },
  "zh-Hant": {
    signIn: "登入",
    signInText: "我們會寄給您登入連結，不需要密碼。",
    address: "您的電子郵件地址",
    addressWrong: "這不是有效的電子郵件地址。",
    sendLink: "寄送連結",
    sent: "請查看您的信箱",
    sentText: "如果我們認得此地址，含有連結的信件已在途中。連結只能使用一次，15 分鐘內有效。",
    enterText: "繼續即可查看您的內容。",
    enter: "立即登入",
    badLink: "此連結無法使用",
    badLinkText: "連結已使用過，或已超過 15 分鐘。請重新索取。",
    begin: "重新索取連結",
    signOut: "登出",
    none: "目前沒有任何內容。",
    noneFound: "找不到符合的內容。",
    search: "搜尋",
    find: "尋找",
    more: "更多",
    add: "新增",
    made: "建立於",
    state: "狀態",
    details: "詳細資料",
    talk: "訊息",
    noTalk: "目前沒有訊息。",
    you: "您",
    write: "撰寫訊息",
    attach: "附加檔案",
    attachText: "可附加圖片、PDF、文字與辦公文件：最多五個，每個 10 MB。",
    send: "送出",
    back: "返回",
    missing: "找不到此頁面",
    missingText: "您要找的內容不存在，或不屬於您。",
    notNow: "目前的狀態無法進行此操作，請重新查看頁面。",
    closed: "此頁面已關閉。",
    tooOften: "次數過多，請稍候幾分鐘。",
    yes: "是",
    no: "否",
    mail: {
      subject: ({ title, company }) => `您的登入連結：${title}（${company}）`,
      hello: () => "您好：",
      ask: ({ company, title }) => `請透過此連結登入 ${company} 的「${title}」。連結只能使用一次，15 分鐘內有效。`,
      button: () => "登入",
      ignore: () => "如果您沒有索取，請忽略此信，沒有人登入。",
    },
  },
  id: {
    signIn: "Masuk",
    signInText: "Kami mengirim tautan untuk masuk. Anda tidak perlu kata sandi.",
    address: "Alamat surel Anda",
    addressWrong: "Ini bukan alamat surel.",
    sendLink: "Kirim tautan",
    sent: "Periksa surel Anda",
    sentText:
      "Bila alamat ini kami kenal, surel berisi tautan sedang dikirim. Tautan berlaku satu kali selama 15 menit.",
    enterText: "Lanjutkan untuk melihat milik Anda.",
    enter: "Masuk sekarang",
    badLink: "Tautan ini tidak berfungsi",
    badLinkText: "Tautan sudah dipakai atau lebih dari 15 menit. Mintalah yang baru.",
    begin: "Minta tautan baru",
    signOut: "Keluar",
    none: "Belum ada apa pun di sini.",
    noneFound: "Tidak ada yang ditemukan.",
    search: "Cari",
    find: "Temukan",
    more: "Lainnya",
    add: "Baru",
    made: "Dibuat",
    state: "Status",
    details: "Rincian",
    talk: "Pesan",
    noTalk: "Belum ada pesan.",
    you: "Anda",
    write: "Tulis pesan",
    attach: "Lampirkan berkas",
    attachText: "Gambar, PDF, teks, dan dokumen kantor: paling banyak lima, masing-masing 10 MB.",
    send: "Kirim",
    back: "Kembali",
    missing: "Halaman ini tidak ada",
    missingText: "Yang Anda cari tidak ada, atau bukan milik Anda.",
    notNow: "Ini tidak dapat dilakukan saat ini. Mohon lihat lagi halamannya.",
    closed: "Halaman ini ditutup.",
    tooOften: "Terlalu sering. Mohon tunggu beberapa menit.",
    yes: "Ya",
    no: "Tidak",
    mail: {
      subject: ({ title, company }) => `Tautan masuk Anda: ${title}, ${company}`,
      hello: () => "Halo,",
      ask: ({ company, title }) =>
        `dengan tautan ini Anda masuk ke "${title}" dari ${company}. Tautan berlaku satu kali selama 15 menit.`,
      button: () => "Masuk",
      ignore: () => "Bila bukan Anda yang meminta, abaikan surel ini: tidak ada yang masuk.",
    },
  },
};

/** The words of portals and their mails. */
export const portalWords = (language: PublicLanguage): PortalWords => words[language];
