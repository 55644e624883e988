export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "trellis.theme";

/** Light, dark, or as the system has it; kept on this machine. */
class ThemeChoice {
  current = $state<Theme>("system");

  load(): void {
    const kept = localStorage.getItem(key);
    this.set(themes.find((theme) => theme === kept) ?? "system");
  }

  set(theme: Theme): void {
    this.current = theme;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    localStorage.setItem(key, theme);
  }
}

export const theme = new ThemeChoice();
