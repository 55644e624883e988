import type { keys as english } from "../en/keys.ts";
import type { Spoken } from "../spoken.ts";

export const keys: Spoken<typeof english> = {
  keys: {
    title: "Kunci untuk program",
    text: "Kunci memberi program atau agen jalan masuk (lewat API atau MCP) dengan hak orang yang diwakilinya. Yang dilakukannya tercatat dalam riwayat dengan nama itu. Kunci berakhir bila diakhiri, atau bila orang itu dinonaktifkan.",
    make: "Kunci baru",
    speaksFor: "Mewakili",
    agent: "Agen tersendiri",
    agentText:
      "Agen termasuk di antara orang-orang: memiliki peran yang dipilih di sini, memiliki yang dibuatnya, dan tidak dapat masuk sendiri.",
    until: "Sampai",
    used: "Terakhir dipakai",
    end: (name) => `Akhiri kunci ${name}`,
    endText:
      "Yang memakainya ditolak mulai sekarang. Kunci yang berakhir tidak kembali: yang masih membutuhkannya mendapat kunci baru.",
    endYes: "Akhiri",
    ended: (name) => `Kunci ${name} telah berakhir`,
    made: "Kunci telah dibuat",
    once: "Salin rahasianya sekarang: hanya ditampilkan sekali ini, dan tidak ada yang dapat membacanya lagi.",
    secret: "Rahasia",
  },
};
