/** Finding a control in blocks and describing what a person did with it. */
import { type Block, isJson, type Json } from './wire';

export interface Control {
  readonly block_id: string;
  readonly element: Json;
}

/** The control with this action_id, or else the first whose action_id starts with it. */
export function findControl(blocks: readonly Block[], action: string): Control | null {
  const controls = blocks.flatMap(controlsOf);
  const named = controls.find(({ element }) => element.action_id === action);
  return named ?? controls.find(({ element }) => String(element.action_id).startsWith(action)) ?? null;
}

/** The entry of `actions` in a block_actions payload. */
export function pressed({ block_id, element }: Control, value?: string): Json {
  const { action_id, type, text } = element;
  const action = { action_id, block_id, type, action_ts: `${(Date.now() / 1000).toFixed(6)}` };
  if (type === 'button') {
    const sent = value ?? element.value;
    return {
      ...action,
      text,
      ...(sent === undefined ? {} : { value: sent }),
      ...(element.style ? { style: element.style } : {}),
    };
  }
  if (type === 'users_select') return { ...action, selected_user: value };
  if (type === 'datepicker') return { ...action, selected_date: value };
  if (type === 'timepicker') return { ...action, selected_time: value };
  if (type === 'checkboxes' || type === 'multi_static_select') {
    const chosen = (value ?? '').split(',');
    return {
      ...action,
      selected_options: optionsOf(element).filter((option) => chosen.includes(String(option.value))),
    };
  }
  if (type === 'plain_text_input' || type === 'number_input') return { ...action, value: value ?? null };
  return { ...action, selected_option: optionsOf(element).find((option) => option.value === value) ?? { value } };
}

/** All options of a menu, those in groups included. */
export function optionsOf(element: Json): readonly Json[] {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isJson) : [];
  const lists = [element.options, ...groups.map((group) => group.options)];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isJson) : []));
}

function controlsOf(block: Block): readonly Control[] {
  const elements = [
    block.accessory,
    block.element,
    ...(block.type === 'actions' && Array.isArray(block.elements) ? block.elements : []),
  ];
  return elements.filter(isJson).map((element) => ({ block_id: block.block_id, element }));
}
