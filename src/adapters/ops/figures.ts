/** What is read from the store and the queues each time somebody asks for the figures. Durations are ms. */
export interface Figures {
  /** Open waves by their state; `unread` are those that could not be read. */
  readonly waves: ReadonlyMap<string, number>;
  /** Held waves by cause. */
  readonly holds: ReadonlyMap<string, number>;
  /** How long the oldest wave in this state has been in it, by state: held and stuck. */
  readonly standing: ReadonlyMap<string, number>;
  readonly projections: readonly ProjectionFigures[];
  readonly queues: readonly QueueFigures[];
  readonly budgets: readonly BudgetFigures[];
}

export interface ProjectionFigures {
  readonly projection: string;
  /** Waves of which it has not shown everything. */
  readonly behind: number;
  /** Age of the oldest event that it has not shown; 0 when there is none. */
  readonly lagMs: number;
}

export interface QueueFigures {
  readonly queue: string;
  readonly jobs: Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
  /** How long the job that is next has been waiting for a worker. */
  readonly oldestWaitingMs: number;
}

export interface BudgetFigures {
  readonly system: string;
  readonly taken: number;
  readonly limit: number;
  /** How long the platform still wants to be left alone; 0 when it does not. */
  readonly pausedMs: number;
  readonly shared: boolean;
}
