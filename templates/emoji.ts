/** The few signs that our messages use: Slack's standard names, and the characters that a terminal shows for them. */
export const EMOJI = {
  arrow_forward: '▶️',
  checkered_flag: '🏁',
  clipboard: '📋',
  double_vertical_bar: '⏸️',
  fast_forward: '⏩',
  hammer_and_wrench: '🛠️',
  hourglass_flowing_sand: '⏳',
  leftwards_arrow_with_hook: '↩️',
  lock: '🔒',
  mag: '🔍',
  memo: '📝',
  octagonal_sign: '🛑',
  pencil2: '✏️',
  raised_hand: '✋',
  repeat: '🔁',
  rewind: '⏪',
  rotating_light: '🚨',
  satellite_antenna: '📡',
  thumbsup: '👍',
  unlock: '🔓',
  vertical_traffic_light: '🚦',
  warning: '⚠️',
  white_check_mark: '✅',
  white_circle: '⚪',
  x: '❌',
} as const;

export type Emoji = keyof typeof EMOJI;

/** `:warning:`, as mrkdwn and headers take it. */
export const sign = (emoji: Emoji): string => `:${emoji}:`;
