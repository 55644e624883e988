import type { portals as english } from "../en/portals.ts";
import type { Spoken } from "../spoken.ts";

/** The words of the designer of customer pages. */
export const portals: Spoken<typeof english> = {
  portals: "Halaman pelanggan",
  newPortal: "Halaman pelanggan baru",
  noPortals: "Belum ada halaman pelanggan.",
  noPortalsText:
    "Di halaman pelanggan, orang luar masuk lewat tautan di surel, melihat miliknya, membalas, dan meminta hal baru.",
  portalPerson: "Siapa yang masuk",
  portalMail: "Tautan dikirim ke",
  portalPersonWhen: "Siapa yang boleh (semua bila kosong)",
  portalLanguageText: "Bila peramban tidak meminta salah satu bahasa ini.",
  portalOpen: "Terbuka",
  portalRecords: "Menampilkan",
  portalAddRecords: "Tampilkan",
  portalTitle: "Sebutannya di sini",
  portalWhich: "Yang mana yang ia lihat",
  portalWhichText:
    "“me” adalah orang yang masuk: contact == me || company == me.company. Yang kosong padanya tidak sama dengan apa pun.",
  portalWhose: "Milik siapa",
  portalWhoseText: "Diisi sendiri saat ia membuat yang baru.",
  portalNone: "Tidak ada",
  portalState: "Status",
  portalStates: "Sebutan status di sini",
  portalTalk: "Percakapan",
  portalTalkShown: "Tampilkan surel dengannya; catatan tidak pernah",
  portalAnswer: "Ia boleh menulis",
  portalWrites: "Setelah ia menulis, kirim yang pertama ditunggu dari ini:",
  portalMayMake: "Ia boleh membuat yang baru",
  portalNewTitle: "Tulisan tombol untuk yang baru",
  portalNew: "Ditanyakan untuk yang baru",
  portalShown: "Bidang yang ditampilkan",
  portalAddShown: "Tampilkan bidang",
  portalEvents: "Boleh melakukan",
  portalAddEvent: "Izinkan melakukan",
  portalAsks: "Menanyakan",
  portalInList: "Juga di daftar",
  portalItem: "Bagian",
  portalChoose: "Pilih bidang atau peristiwa untuk mengubahnya.",
  removePortal: "Hapus halaman pelanggan",
  removePortalText: "Tidak ada lagi yang masuk lewat sini. Yang sudah ditulis tetap ada.",
};
