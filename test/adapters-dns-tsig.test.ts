import { createHmac } from 'node:crypto';
import { signMessage, type TsigKey, verifyReply } from '../src/adapters/dns/tsig';
import { dataBytes, nameBytes, textOf } from '../src/adapters/dns/wire-record';

const KEY: TsigKey = { name: 'Cutover-Key.', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 5).toString('base64') };
const NOW = Date.UTC(2027, 2, 1, 12);
const SECONDS = NOW / 1000;

/** An empty answer with the id of the request. */
const ANSWER = Buffer.from('123484000000000000000000', 'hex');

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const u48 = (value: number): Buffer => Buffer.from(value.toString(16).padStart(12, '0'), 'hex');
const wire = (name: string): Buffer =>
  Buffer.concat([...name.split('.').map((label) => Buffer.from(`\0${label}`)), Buffer.from([0])]);

function lengths(name: Buffer): Buffer {
  const bytes = Buffer.from(name);
  for (let at = 0; at < bytes.length - 1; ) {
    const end = bytes.indexOf(0, at + 1);
    bytes[at] = end - at - 1;
    at = end;
  }
  return bytes;
}

/** RFC 8945 section 4.3 once more, by another hand than the product's: what a server sends. */
function signed(
  requestMac: Buffer,
  more: { at?: number; error?: number; other?: Buffer; secret?: string; name?: string } = {},
): Buffer {
  const { at = SECONDS, error = 0, other = Buffer.alloc(0), secret = KEY.secret, name = 'cutover-key' } = more;
  const [keyName, algorithm] = [lengths(wire(name)), lengths(wire('hmac-sha256'))];
  const any = Buffer.from('00ff00000000', 'hex');
  const times = Buffer.concat([u48(at), u16(300)]);
  const tail = Buffer.concat([u16(error), u16(other.length), other]);
  const mac = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(Buffer.concat([u16(requestMac.length), requestMac, ANSWER, keyName, any, algorithm, times, tail]))
    .digest();
  const data = Buffer.concat([algorithm, times, u16(mac.length), mac, ANSWER.subarray(0, 2), tail]);
  const whole = Buffer.concat([ANSWER, keyName, Buffer.from('00fa', 'hex'), any, u16(data.length), data]);
  whole.writeUInt16BE(1, 10);
  return whole;
}

describe('the signature of a DNS message', () => {
  const { bytes, mac } = signMessage(ANSWER, KEY, NOW);
  const verdict = (reply: Buffer, now = NOW) => verifyReply(reply, KEY, mac, now);

  test('adds one record and counts it', () => {
    expect(bytes.readUInt16BE(10)).toBe(1);
    expect(bytes.subarray(12, 12 + 13)).toEqual(lengths(wire('cutover-key')));
    expect(bytes.includes(mac)).toBe(true);
  });

  test('is good when key, time and every byte are as they should be, and is taken off again', () => {
    expect(verdict(signed(mac))).toEqual({ kind: 'good', error: 0, message: ANSWER });
  });

  test.each([
    ['is made with another secret', () => signed(mac, { secret: Buffer.alloc(32, 6).toString('base64') })],
    ['bears another key’s name', () => signed(mac, { name: 'cutover-kez' })],
    ['belongs to another request', () => signed(Buffer.alloc(32, 9))],
    ['covers a message that was changed', () => changed(signed(mac), 3)],
  ])('is wrong when it %s', (_what, reply) => {
    expect(verdict(reply()).kind).toBe('wrong');
  });

  test.each([
    [300, 'good'],
    [301, 'wrong'],
    [-300, 'good'],
    [-301, 'wrong'],
  ])('made %i seconds away is %s', (seconds, kind) => {
    expect(verdict(signed(mac, { at: SECONDS + seconds })).kind).toBe(kind);
  });

  test('of BADTIME is good with the server’s own time, however far away', () => {
    const reply = signed(mac, { at: SECONDS + 9_999, error: 18, other: u48(SECONDS + 9_999) });
    expect(verdict(reply)).toMatchObject({ kind: 'good', error: 18 });
  });

  test('is missed where there is none', () => {
    expect(verdict(ANSWER)).toEqual({ kind: 'unsigned', error: 0, message: ANSWER });
  });

  test('of a message that was cut short is never good', () => {
    const whole = signed(mac);
    const kinds = Array.from({ length: whole.length - 12 }, (_none, i) => {
      try {
        return verdict(whole.subarray(0, 12 + i)).kind;
      } catch {
        return 'unreadable';
      }
    });
    expect(new Set(kinds)).toEqual(new Set(['unreadable', 'unsigned']));
  });
});

describe('records on the wire', () => {
  test.each([
    ['SRV', '10 0 5060 sbc.example.com', '000a000013c403736263076578616d706c6503636f6d00'],
    ['A', '192.0.2.1', 'c0000201'],
    ['AAAA', '2001:db8::1', '20010db8000000000000000000000001'],
  ] as const)('%s %s', (type, text, hex) => {
    expect(dataBytes(type, text).toString('hex')).toBe(hex);
  });

  test('a NAPTR’s texts come without their escapes, and go back with them', () => {
    const text = '100 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@x.example!" .';
    const data = dataBytes('NAPTR', text);
    expect(data.toString('latin1')).toContain('!^(.*)$!sip:\\1@x.example!');
    const texts = { flags: 'u', services: 'E2U+sip', regexp: '!^(.*)$!sip:\\1@x.example!' };
    const answer = {
      type: 'NAPTR' as const,
      name: 'x.example',
      data: { order: 100, preference: 10, ...texts, replacement: '.' },
    };
    expect(textOf(answer)).toBe(text);
  });

  test.each(['a'.repeat(64), 'with space.example', 'ümlaut.example'])('%s is no name', (name) => {
    expect(() => nameBytes(name)).toThrow('no DNS name');
  });

  test('a label of 63 letters is one', () => {
    expect(nameBytes('a'.repeat(63))).toHaveLength(65);
  });
});

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
