/** Judges the blocks of a message or a modal as Slack would: its error names, its JSON pointers. */
import { randomBytes } from 'node:crypto';
import { byType, Complaints, list, uniqueIn } from './block-shapes';
import { BLOCKS, MESSAGE_BLOCKS, MODAL_BLOCKS, VIEW_FRAME } from './block-tables';
import { type Block, isJson, type Json } from './wire';

export interface Refused {
  readonly error: string;
  readonly messages: readonly string[];
}

/** Slack documents no figure; about 13,200 characters of mixed blocks were refused in the field. */
const MAX_BLOCK_TEXT = 13_000;
const MAX_MESSAGE_BLOCKS = 50;
const MAX_MODAL_BLOCKS = 100;
const MAX_VIEW_BYTES = 250_000;

/** Null when a message may carry these blocks. */
export function refuseBlocks(blocks: unknown): Refused | null {
  const complaints = new Complaints();
  list(
    MAX_MESSAGE_BLOCKS,
    byType(() => BLOCKS, ...MESSAGE_BLOCKS),
    0,
  )(blocks, '/blocks', complaints);
  uniqueIn('blocks', 'block_id')({ blocks }, '', complaints);
  if (complaints.messages.length > 0) return { error: 'invalid_blocks', messages: complaints.messages };
  if (textLength(blocks) > MAX_BLOCK_TEXT) {
    return {
      error: 'msg_blocks_too_long',
      messages: [`[ERROR] the blocks hold more than ${MAX_BLOCK_TEXT} characters`],
    };
  }
  return null;
}

/** Null when this may be opened as a modal. */
export function refuseView(view: unknown): Refused | null {
  const complaints = new Complaints();
  VIEW_FRAME(view, '/view', complaints);
  if (isJson(view)) {
    list(
      MAX_MODAL_BLOCKS,
      byType(() => BLOCKS, ...MODAL_BLOCKS),
      0,
    )(view.blocks, '/view/blocks', complaints);
    uniqueIn('blocks', 'block_id')(view, '/view', complaints);
    const hasInput = Array.isArray(view.blocks) && view.blocks.some((block) => isJson(block) && block.type === 'input');
    if (hasInput && view.submit === undefined) complaints.add('missing required field: submit', '/view');
  }
  if (complaints.messages.length > 0) return { error: 'invalid_arguments', messages: complaints.messages };
  if (JSON.stringify(view).length > MAX_VIEW_BYTES) return { error: 'view_too_large', messages: [] };
  return null;
}

/** Blocks as Slack stores them: those without block_id or action_id get one. */
export function withIds(blocks: readonly Json[]): readonly Block[] {
  return blocks.map((block) => {
    const named: Block = {
      ...block,
      type: String(block.type),
      block_id: typeof block.block_id === 'string' ? block.block_id : shortId(),
    };
    if (Array.isArray(block.elements) && block.type === 'actions') {
      return { ...named, elements: block.elements.map(withActionId) };
    }
    if (isJson(block.accessory)) return { ...named, accessory: withActionId(block.accessory) };
    if (isJson(block.element)) return { ...named, element: withActionId(block.element) };
    return named;
  });
}

function withActionId(element: unknown): unknown {
  if (!isJson(element) || element.type === 'image' || typeof element.action_id === 'string') return element;
  return { ...element, action_id: shortId() };
}

/** Five characters, as Slack makes them up. */
export function shortId(): string {
  return randomBytes(6).toString('base64url').slice(0, 5);
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + textLength(entry), 0);
  if (!isJson(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, entry]) => sum + (key === 'text' && typeof entry === 'string' ? entry.length : textLength(entry)),
    0,
  );
}
