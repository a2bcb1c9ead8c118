/** Requests that Slack would not send: which of them are carried out, told off, or not heeded at all. */
import { EventEmitter } from 'node:events';
import { guardSocket } from '../src/adapters/slack/guard-socket';
import { turnAway } from '../src/adapters/slack/turn-away';
import { isPlaced, isWhole } from '../src/adapters/slack/whole-request';

const SLASH = { command: '/cutover', text: 'help', trigger_id: '1', response_url: 'https://x', channel_id: 'C1' };
const CLICK = {
  type: 'block_actions',
  trigger_id: '1',
  response_url: 'https://x',
  actions: [{ action_id: 'gate.approve', value: '{}' }],
  channel: { id: 'C1' },
  message: { ts: '1.1' },
};
const FORM = { type: 'view_submission', view: { callback_id: 'cutover.reason', private_metadata: '{}' } };

describe('a request', () => {
  it.each([
    ['a slash command', SLASH],
    ['a click', CLICK],
    ['a click on a message that is gone', { ...CLICK, message: undefined, channel: undefined }],
    ['a form', FORM],
    ['what is none of the three', { type: 'event_callback' }],
    ['nothing', null],
  ])('is whole as %s', (_what, body) => expect(isWhole(body)).toBe(true));

  it.each([
    ['nowhere to answer', { ...SLASH, response_url: undefined }],
    ['an empty address to answer at', { ...CLICK, response_url: '' }],
    ['no text', { ...SLASH, text: undefined }],
    ['no action', { ...CLICK, actions: [] }],
    ['no type, but a click’s action', { ...CLICK, type: undefined, response_url: undefined }],
    ['a value that is no text', { ...CLICK, actions: [{ action_id: 'gate.approve', value: 7 }] }],
    ['a view without a name', { ...FORM, view: { private_metadata: '{}' } }],
    ['a view that is none', { ...FORM, view: null }],
    ['a command that is no text', { ...SLASH, command: 7, response_url: 7 }],
  ])('is not whole with %s', (_what, body) => expect(isWhole(body)).toBe(false));
});

describe('a request comes from a workspace', () => {
  it.each([
    ['that is named', { team_id: 'T0SANDBOX1', user_id: 'U1' }],
    ['of an organisation', { team: null, user: { id: 'U1', team_id: 'T1' }, enterprise: { id: 'E1', name: 'x' } }],
    ['that is not named', { type: 'event_callback' }],
    ['or is nothing', null],
  ])('%s', (_what, body) => expect(isPlaced(body)).toBe(true));

  it.each([
    ['a name that every object has', { team_id: 'constructor' }],
    ['the parent of all objects', { team: { id: '__proto__' } }],
    ['such a name at the user', { team: null, user: { team_id: 'toString' } }],
    ['such a name at the form', { view: { app_installed_team_id: 'valueOf' } }],
    ['such a name of an organisation', { enterprise: { id: 'hasOwnProperty' } }],
    ['such a name of a workspace’s organisation', { team: { enterprise_id: 'isPrototypeOf' } }],
    ['such a name in an event', { authorizations: [{ team_id: 'constructor' }] }],
    ['a list', { team: { id: ['constructor'] } }],
    ['a number', { team_id: 7 }],
    ['a click of nobody', { type: 'block_actions', team: { id: 'T1' } }],
    ['what Bolt takes for a gesture, of nobody', { type: 'x', name: 'y', team: { id: 'T1' } }],
    ['a form of a person who is a word', { type: 'view_submission', user: 'U1', team: { id: 'T1' } }],
    ['a click whose actions are no list', { type: 'block_actions', user: { id: 'U1' }, actions: {} }],
    ['a click in a workspace that is a word', { type: 'block_actions', user: { id: 'U1' }, team: 'T1' }],
  ])('but not from %s', (_what, body) => expect(isPlaced(body)).toBe(false));
});

describe('who is turned away from a form', () => {
  it.each([
    [
      'its first input',
      [
        { type: 'section', block_id: 'a' },
        { type: 'input', block_id: 'b' },
      ],
      'b',
    ],
    ['its first block', [null, { type: 'section', block_id: 'a' }], 'a'],
    ['nothing where it has no blocks', 'blocks', null],
    ['nothing where none has a name', [{ type: 'input', block_id: 7 }], null],
  ])('reads why at %s', async (_what, blocks, field) => {
    const answers: unknown[] = [];
    const ack = async (answer?: object): Promise<void> => void answers.push(answer ?? null);
    await turnAway({ ack, body: { type: 'view_submission', view: { blocks } } } as never, 'no');
    expect(answers).toEqual([field === null ? null : { response_action: 'errors', errors: { [field]: 'no' } }]);
  });
});

describe('the socket', () => {
  const heard: unknown[] = [];
  const ignored = jest.fn();
  const client = new EventEmitter();
  client.on('ws_message', (data: unknown) => heard.push(data));
  guardSocket({ client } as never, ignored);
  beforeEach(() => {
    heard.length = 0;
    ignored.mockClear();
  });

  it.each([
    ['a greeting', '{"type":"hello"}'],
    ['a goodbye', '{"type":"disconnect","reason":"refresh_requested"}'],
    ['a click', '{"type":"interactive","envelope_id":"1","payload":{"type":"block_actions"}}'],
    ['a slash command', '{"type":"slash_commands","envelope_id":"1","payload":{"command":"/cutover"}}'],
  ])('is heard with %s', (_what, text) => {
    client.emit('ws_message', text, false);
    expect([heard, ignored.mock.calls.length]).toEqual([[text], 0]);
  });

  it.each([
    ['an event without its event', '{"type":"events_api","envelope_id":"1","payload":{}}', false],
    ['a signal of the client’s own', '{"type":"close","payload":{}}', false],
    ['a name that every object has', '{"type":"__proto__","payload":{}}', false],
    ['a click without a payload', '{"type":"interactive","envelope_id":"1"}', false],
    ['a payload that is a list', '{"type":"interactive","payload":[]}', false],
    ['no object', 'null', false],
    ['no JSON', '{"type":', false],
    ['bytes', '{"type":"hello"}', true],
  ])('is not heard with %s', (_what, text, isBinary) => {
    client.emit('ws_message', text, isBinary);
    expect([heard, ignored.mock.calls.length]).toEqual([[], 1]);
  });
});
