/** Modals: trigger ids that live three seconds, and each person's stack of open views. */
import { randomBytes } from 'node:crypto';
import { shortId, withIds } from './block-rules';
import { asText, isJson, type Json, type StoredView } from './wire';

export const TRIGGER_LIVES_MS = 3000;
const STACK_LIMIT = 3;

export type ViewChange = { readonly user: string; readonly views: readonly StoredView[] };

export class Views {
  private readonly stacks = new Map<string, StoredView[]>();
  private readonly triggers = new Map<string, { user: string; until: number; used: boolean }>();
  private readonly listeners = new Set<(change: ViewChange) => void>();
  private count = 0;

  /** A trigger for one gesture of a person; real time, whatever the sandbox's clock does. */
  trigger(user: string): string {
    this.count += 1;
    const id = `${Date.now()}.${this.count}.${randomBytes(16).toString('hex')}`;
    this.triggers.set(id, { user, until: Date.now() + TRIGGER_LIVES_MS, used: false });
    if (this.triggers.size > 1000) this.triggers.delete(this.triggers.keys().next().value ?? '');
    return id;
  }

  /** Whose gesture this was, or Slack's refusal. */
  redeem(trigger: unknown): { user: string } | { error: string } {
    const entry = typeof trigger === 'string' ? this.triggers.get(trigger) : undefined;
    if (!entry) return { error: 'invalid_trigger_id' };
    if (Date.now() > entry.until) return { error: 'expired_trigger_id' };
    if (entry.used) return { error: 'exchanged_trigger_id' };
    entry.used = true;
    return { user: entry.user };
  }

  stack(user: string): readonly StoredView[] {
    return this.stacks.get(user) ?? [];
  }

  find(id: unknown): StoredView | undefined {
    return [...this.stacks.values()]
      .flat()
      .find((view) => view.id === id || (view.external_id !== '' && view.external_id === id));
  }

  /** Opens a first modal (whatever was open is dropped) or pushes onto the stack. */
  open(user: string, view: Json, push: boolean): StoredView | { error: string } {
    const below = push ? [...this.stack(user)] : [];
    if (below.length >= STACK_LIMIT) return { error: 'push_limit_reached' };
    const id = `V0${randomBytes(6).toString('hex').toUpperCase()}`;
    const stored: StoredView = {
      ...frame(view),
      id,
      user,
      hash: newHash(),
      root_view_id: below[0]?.id ?? id,
      previous_view_id: below.at(-1)?.id ?? null,
    };
    this.set(user, [...below, stored]);
    return stored;
  }

  update(id: string, view: Json, hash: string | null): StoredView | { error: string } {
    const old = this.find(id);
    if (!old) return { error: 'not_found' };
    if (hash !== null && hash !== old.hash) return { error: 'hash_conflict' };
    const stored: StoredView = { ...old, ...frame(view), hash: newHash() };
    this.set(
      old.user,
      this.stack(old.user).map((entry) => (entry.id === old.id ? stored : entry)),
    );
    return stored;
  }

  /** Closes one view (the one below shows again), or all of them. */
  close(user: string, id: string | null): void {
    this.set(user, id === null ? [] : this.stack(user).filter((view) => view.id !== id));
  }

  onChange(listener: (change: ViewChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(user: string, views: StoredView[]): void {
    this.stacks.set(user, views);
    for (const listener of this.listeners) listener({ user, views });
  }
}

/** A view as the Web API and the payloads tell it. */
export function viewJson(
  view: StoredView,
  ids: { teamId: string; appId: string; botId: string },
  values: Json = {},
): Json {
  const { user: _user, ...told } = view;
  return {
    ...told,
    type: 'modal',
    team_id: ids.teamId,
    app_id: ids.appId,
    bot_id: ids.botId,
    app_installed_team_id: ids.teamId,
    state: { values },
  };
}

type Frame = Omit<StoredView, 'id' | 'user' | 'hash' | 'root_view_id' | 'previous_view_id'>;

function frame(view: Json): Frame {
  return {
    external_id: asText(view.external_id),
    callback_id: asText(view.callback_id),
    private_metadata: asText(view.private_metadata),
    title: isJson(view.title) ? view.title : {},
    submit: isJson(view.submit) ? view.submit : null,
    close: isJson(view.close) ? view.close : null,
    blocks: withIds(Array.isArray(view.blocks) ? view.blocks.filter(isJson) : []),
    notify_on_close: view.notify_on_close === true,
    clear_on_close: view.clear_on_close === true,
  };
}

function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${shortId()}${shortId()}`;
}
