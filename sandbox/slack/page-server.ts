/** The workspace page's own door: static files, a live stream of events, and what people do on the page. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { COMMAND_HINTS } from './command-hints';
import type { Gestures } from './gestures';
import type { Room } from './room';
import { asText, isJson, type Json, type MessageChange, type WorkspaceOptions } from './wire';

const PANEL_EVERY_MS = 500;
const STATIC: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
};
/** Nothing but the page's own files may run or load. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface Viewer {
  readonly user: string;
  readonly response: ServerResponse;
}

export class PageServer {
  private readonly viewers = new Set<Viewer>();
  private readonly stops: (() => void)[];
  private lastPanel = '';

  constructor(
    private readonly room: Room,
    private readonly gestures: Gestures,
    private readonly options: WorkspaceOptions,
    private readonly isDown: () => boolean,
  ) {
    const ticker = setInterval(() => this.tellPanel(), PANEL_EVERY_MS);
    ticker.unref();
    this.stops = [
      () => clearInterval(ticker),
      room.log.onChange((change) => this.tellChange(change)),
      room.views.onChange(({ user, views }) => this.tell(user, 'views', views)),
    ];
  }

  /** Answers a request of the page; false when it is not the page's. */
  async serve(
    method: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<boolean> {
    const { pathname } = url;
    if (method === 'GET') return this.get(pathname, url, response);
    if (method !== 'POST' || !pathname.startsWith('/ui/')) return false;
    if (!isOwnPage(request)) {
      send(response, 403, { error: 'only the workspace page itself may do this' });
      return true;
    }
    try {
      const act = ACTS[pathname.slice('/ui/'.length)];
      if (!act) return false;
      send(response, 200, await act(this, parse(body)));
    } catch (error) {
      send(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
    return true;
  }

  /** Tells everybody that Slack went away or came back. */
  tellDown(): void {
    this.tell(null, 'down', this.isDown());
  }

  close(): void {
    for (const stop of this.stops) stop();
    for (const { response } of this.viewers) response.end();
  }

  async command(json: Json): Promise<object> {
    this.mustBeUp();
    const reply = await this.gestures.command(asText(json.as), asText(json.text), 0);
    return { error: reply.error };
  }

  async click(json: Json): Promise<object> {
    this.mustBeUp();
    const value = typeof json.value === 'string' ? json.value : undefined;
    await this.gestures.click(asText(json.as), asText(json.ts), asText(json.action_id), value);
    return {};
  }

  async submit(json: Json): Promise<object> {
    this.mustBeUp();
    const values = isJson(json.values)
      ? Object.entries(json.values).map(([id, value]) => [id, String(value)] as const)
      : [];
    return this.gestures.submit(asText(json.as), asText(json.view_id), Object.fromEntries(values));
  }

  async closeView(json: Json): Promise<object> {
    await this.gestures.closeView(asText(json.as), asText(json.view_id));
    return {};
  }

  async say(json: Json): Promise<object> {
    this.mustBeUp();
    const thread = typeof json.thread_ts === 'string' ? json.thread_ts : undefined;
    this.gestures.say(asText(json.as), asText(json.text), thread);
    return {};
  }

  async panel(json: Json): Promise<object> {
    await this.options.panel?.post(asText(json.action), isJson(json.body) ? json.body : {});
    this.tellPanel();
    return {};
  }

  /** Everything that one person's page shows. */
  state(user: string): Json {
    const { directory, log, views } = this.room;
    return {
      team: { id: directory.teamId, name: directory.teamName },
      channel: directory.channel,
      bot: { id: directory.botUserId, name: directory.botName },
      users: directory.people,
      groups: directory.groups.map(({ id, handle, users }) => ({ id, handle, users })),
      command: this.options.slashCommand ?? '/cutover',
      hints: this.options.commandHints ?? COMMAND_HINTS,
      messages: log.all(),
      ephemerals: log.ephemeralsOf(user),
      views: views.stack(user),
      panel: this.options.panel?.get() ?? null,
      down: this.isDown(),
    };
  }

  private get(pathname: string, url: URL, response: ServerResponse): boolean {
    const user = url.searchParams.get('as') ?? '';
    if (pathname === '/panel') send(response, 200, this.options.panel?.get() ?? {});
    else if (pathname === '/ui/state') send(response, 200, this.state(user));
    else if (pathname === '/ui/events') this.subscribe(user, response);
    else if (pathname === '/' || pathname.startsWith('/archives/')) sendStatic(response, 'index.html');
    else if (pathname.startsWith('/page/')) sendStatic(response, pathname.slice('/page/'.length));
    else return false;
    return true;
  }

  private subscribe(user: string, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
    });
    const viewer = { user, response };
    this.viewers.add(viewer);
    response.on('close', () => this.viewers.delete(viewer));
    response.write(event('state', this.state(user)));
  }

  private tell(user: string | null, name: string, data: unknown): void {
    for (const viewer of this.viewers) {
      if (user === null || viewer.user === user) viewer.response.write(event(name, data));
    }
  }

  private tellChange({ kind, message }: MessageChange): void {
    this.tell(message.visibleTo, 'change', { kind, message });
  }

  private tellPanel(): void {
    if (!this.options.panel || this.viewers.size === 0) return;
    const panel = JSON.stringify(this.options.panel.get());
    if (panel === this.lastPanel) return;
    this.lastPanel = panel;
    this.tell(null, 'panel', JSON.parse(panel));
  }

  private mustBeUp(): void {
    if (this.isDown()) throw new Error('Slack is not reachable right now.');
  }
}

const ACTS: Readonly<Record<string, (page: PageServer, json: Json) => Promise<object>>> = {
  command: (page, json) => page.command(json),
  click: (page, json) => page.click(json),
  submit: (page, json) => page.submit(json),
  'close-view': (page, json) => page.closeView(json),
  say: (page, json) => page.say(json),
  panel: (page, json) => page.panel(json),
};

/** A post from another site's page carries that site's Origin, or none; and cannot be JSON without asking first. */
function isOwnPage(request: IncomingMessage): boolean {
  const { origin, host, 'content-type': type } = request.headers;
  return origin === `http://${host}` && type === 'application/json';
}

function parse(body: string): Json {
  const value: unknown = JSON.parse(body === '' ? '{}' : body);
  return isJson(value) ? value : {};
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function sendStatic(response: ServerResponse, name: string): void {
  const extension = /^[a-z-]+\.(html|css|js|svg)$/.exec(name)?.[1];
  const type = extension && STATIC[extension];
  try {
    if (!type) throw new Error('not a page file');
    const content = readFileSync(join(__dirname, 'page', name));
    response.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
