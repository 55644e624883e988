/** One thing that is told in passing. */
export interface Toast {
  readonly text: string;
  readonly failed: boolean;
  /** Takes back what the toast tells of. */
  readonly undo?: (() => Promise<void>) | undefined;
}

const shownMs = 8000;

/** One toast at a time, for eight seconds; what failed stays until it is dismissed, what is looked at stays as well. */
class Toasts {
  current = $state.raw<Toast | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  tell(text: string, undo?: () => Promise<void>): void {
    this.current = { text, failed: false, undo };
    this.leave();
  }

  fail(text: string): void {
    clearTimeout(this.#timer);
    this.current = { text, failed: true };
  }

  /** The pointer or the focus has left it. */
  leave(): void {
    clearTimeout(this.#timer);
    if (!this.current?.failed) this.#timer = setTimeout(() => this.dismiss(), shownMs);
  }

  hold(): void {
    clearTimeout(this.#timer);
  }

  dismiss(): void {
    this.current = undefined;
  }

  async undo(): Promise<void> {
    const { current } = this;
    this.dismiss();
    await current?.undo?.();
  }
}

export const toasts = new Toasts();
