/**
 * A Slack workspace on loopback: one channel, its people, and the Web API, request URLs, Socket Mode and limits that an
 * app meets in the real one. The app under it runs unchanged; only its URLs, tokens and secret differ.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpRoad, type Road } from './delivery';
import { Directory } from './directory';
import { Faults } from './faults';
import { Files } from './files';
import { Gestures } from './gestures';
import { MessageLog } from './message-log';
import { PageServer } from './page-server';
import { ResponseUrls } from './response-urls';
import type { Room } from './room';
import { serve } from './server';
import { SocketMode } from './socket-mode';
import { Views } from './views';
import { WebApi } from './web-api';
import type { Workspace, WorkspaceOptions } from './wire';

export type * from './wire';

const HOST = '127.0.0.1';

/** Opens the workspace; resolves once it listens. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  let base = '';
  const reachedAt = (): string => options.reachedAt?.() ?? base;
  let requestUrl = options.requestUrl ?? null;
  const directory = new Directory(options);
  const sockets = new SocketMode(directory.appId);
  const log = new MessageLog(options.channel.id, options.now ?? Date.now, options.storeFile);
  const room: Room = {
    directory,
    log,
    sockets,
    views: new Views(),
    responseUrls: new ResponseUrls(),
    files: new Files(reachedAt),
    base: reachedAt,
  };
  const faults = new Faults(options.rateLimits ?? false);
  const isAway = (): boolean => faults.isDown || faults.away !== null;
  // A kept connection may be closed by the app at the very moment of a click; a fresh one cannot.
  const agent = new http.Agent({ keepAlive: false });
  const road = (): Road => (requestUrl === null ? sockets.road() : httpRoad(requestUrl, options.signingSecret, agent));
  const gestures = new Gestures(room, options.slashCommand ?? '/cutover', () => (isAway() ? UNREACHABLE : road()));
  const page = new PageServer(room, gestures, options, isAway);
  const api = new WebApi(room, faults, { bot: options.botToken, app: options.appToken });
  const server = serve({ room, api, page, faults });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  base = `http://${HOST}:${(server.address() as AddressInfo).port}`;

  return {
    url: `${base}/`,
    apiUrl: `${base}/api/`,
    botUserId: directory.botUserId,
    setRequestUrl: (url) => {
      requestUrl = url;
    },
    messages: () => log.all(),
    onMessage: (listener) => log.onChange(listener),
    command: (userId, text, how) => gestures.command(userId, text, how?.settleMs),
    click: (userId, messageTs, action, overrideValue) => gestures.click(userId, messageTs, action, overrideValue),
    openViews: (userId) => room.views.stack(userId),
    submitView: (userId, viewId, values) => gestures.submit(userId, viewId, values),
    closeView: (userId, viewId) => gestures.closeView(userId, viewId),
    ephemerals: (userId) => log.ephemeralsOf(userId),
    admin: {
      change: (userId, change) => directory.change(userId, change),
      regroup: (groupId, users) => directory.regroup(groupId, users),
    },
    say: (userId, text, threadTs) => gestures.say(userId, text, threadTs),
    faults: {
      next: (method, fault, times) => faults.next(method, fault, times),
      down: (on) => {
        faults.isDown = on;
        if (on) sockets.cutAll();
        page.tellDown();
      },
      away: async (manner) => {
        faults.away = manner;
        if (manner !== null) sockets.cutAll();
        page.tellDown();
        await setListening(server, Number(new URL(base).port), manner !== 'refused');
      },
      paced: (on) => {
        faults.paced = on;
      },
    },
    close: async () => {
      page.close();
      sockets.close();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes connections on the port that it had, or none; whoever waits for an answer is cut off. */
async function setListening(server: http.Server, port: number, on: boolean): Promise<void> {
  const changed = on !== server.listening;
  const done = new Promise<void>((resolve, reject) => {
    if (!changed) resolve();
    else if (on) server.once('error', reject).listen(port, HOST, resolve);
    else server.close(() => resolve());
  });
  server.closeAllConnections();
  await done;
}

const UNREACHABLE: Road = { send: () => Promise.resolve({ ok: false, error: 'service_unavailable' }) };
