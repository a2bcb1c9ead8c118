/** Somebody at the workspace page: types, looks and presses by what stands on the page, and waits by looking. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';

/** Two cores and a whole wave: nothing here is quick. */
const PATIENCE_MS = 180_000;
const WIDE = { width: 1440, height: 900 };
/** As high as a whole gate card. */
export const TALL = { width: 1440, height: 1050 };
export const PHONE = { width: 390, height: 844 };

export class Desk {
  private constructor(
    readonly page: Page,
    private readonly pictures: string | undefined,
  ) {}

  static async at(browser: Browser, url: string, pictures = process.env.CUTOVER_SCREENSHOTS): Promise<Desk> {
    const context = await browser.newContext({
      viewport: WIDE,
      locale: 'en-GB',
      timezoneId: 'America/Chicago',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(url);
    if (pictures) await mkdir(pictures, { recursive: true });
    return new Desk(page, pictures);
  }

  get channel(): Locator {
    return this.page.getByRole('log', { name: 'Messages', exact: true });
  }

  get thread(): Locator {
    return this.page.getByRole('complementary', { name: 'Thread' });
  }

  /** What was said and pressed in the thread, newest last. */
  get replies(): Locator {
    return this.thread.getByRole('log').getByRole('article');
  }

  get rootCard(): Locator {
    return this.channel
      .getByRole('article')
      .filter({ has: this.page.getByRole('heading') })
      .last();
  }

  gate(number: number): Locator {
    return this.replies.filter({ has: this.page.getByRole('heading', { name: `Gate ${number} ·` }) });
  }

  /** Private answers, wherever they stand; the newest is the last. */
  get privately(): Locator {
    return this.page.getByRole('article').filter({ hasText: 'Only visible to you' });
  }

  async become(name: string): Promise<void> {
    await this.page.getByRole('radio', { name }).click();
    await see(this.page.getByText(`to send as ${name}`).first());
  }

  /** With the keyboard, key by key. */
  async type(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: /^Message #/ }).click();
    await this.page.keyboard.type(text, { delay: 15 });
  }

  async send(text: string): Promise<void> {
    await this.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Presses a button and says yes to what it asks. */
  async press(button: Locator, yes?: string): Promise<void> {
    await button.click();
    if (yes === undefined) return;
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', { name: yes }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  async approve(gate: number): Promise<void> {
    await this.press(this.gate(gate).getByRole('button', { name: 'Approve' }), 'Approve');
  }

  /** What a person reads in the World strip, by the name of the figure. */
  async figure(label: string): Promise<string> {
    const strip = this.page.getByRole('region', { name: 'Simulated world' });
    const term = strip.getByRole('term').filter({ hasText: new RegExp(`^${label}$`) });
    return (await term.locator('xpath=following-sibling::dd').innerText()).trim();
  }

  /** How far down the screen something stands, in px. */
  async heightOf(what: Locator): Promise<number> {
    return (await what.boundingBox())?.y ?? Number.NaN;
  }

  async isNewestInView(): Promise<boolean> {
    const newest = await this.replies.last().boundingBox();
    const pane = await this.thread.getByRole('log').boundingBox();
    return newest !== null && pane !== null && newest.y + newest.height <= pane.y + pane.height + 1;
  }

  async picture(name: string, size = WIDE): Promise<void> {
    if (!this.pictures) return;
    await this.page.setViewportSize(size);
    await this.page.mouse.move(0, 0);
    await this.page.screenshot({ path: join(this.pictures, `${name}.png`) });
    await this.page.setViewportSize(WIDE);
  }

  async pictureInTheDark(name: string): Promise<void> {
    if (!this.pictures) return;
    await this.page.emulateMedia({ colorScheme: 'dark' });
    await this.picture(name);
    await this.page.emulateMedia({ colorScheme: 'light' });
  }
}

export const see = (what: Locator): Promise<void> => what.waitFor({ state: 'visible' });
