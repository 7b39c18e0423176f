import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { basesOf, type Graph, headsOf, lineOf, maximal } from '../../lib/graph/graph.ts';
import type { State } from '../../lib/graph/plan.ts';
import * as model from '../support/model.ts';
import { type Random, randomOf } from '../support/random.ts';
import { type Command, graphOf, outcomeOf, planFor, shapeOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

/** Everything that lib/graph decides, against the slow model of the same rules. */
const GRAPHS = 2500;
const LARGEST = 11;

interface World {
  readonly revisions: readonly model.ModelRevision[];
  readonly graph: Graph;
  readonly state: State;
}

type Choose = (random: Random, world: World) => readonly model.ModelTarget[];
type Answer = (world: World, targets: readonly model.ModelTarget[]) => model.ModelOutcome;

suite('graph against its model', (test) => {
  test('order, heads, bases', () =>
    everyWorld(1, (_, { revisions, graph }) => {
      assert.equal(graph.order, model.order(revisions));
      assert.equal(headsOf(graph), model.heads(revisions));
      assert.equal(basesOf(graph), model.bases(revisions));
    }));

  test('line membership', () =>
    everyWorld(2, (_, { revisions, graph }) => {
      for (const { id } of revisions) {
        assert.equal([...lineOf(graph, id)].sort(), [...model.line(revisions, id)].sort());
      }
    }));

  test('the heads of a database', () =>
    everyWorld(3, (_, { revisions, graph, state }) =>
      assert.equal(maximal(graph, state.applied), model.currentHeads(revisions, state.applied)),
    ));

  test('a new revision on top leaves the order of the others alone', () =>
    everyWorld(4, (random, { revisions, graph }) => {
      const ids = random.shuffle(revisions.map((each) => each.id));
      const parents = random.int(4);
      const added = {
        id: newId(random, new Set(ids)),
        parents: ids.slice(0, parents),
        depends: ids.slice(parents, parents + random.int(3)),
        labels: [],
        created: randomDay(random),
      };
      const larger = graphOf([...revisions, added]);
      assert.equal(
        larger.order.filter((id) => id !== added.id),
        graph.order,
      );
    }));

  const upgrade: Answer = ({ revisions, state }, [target]) =>
    model.upgrade(revisions, state.applied, target!);
  const downgrade: Answer = ({ revisions, state }, [target]) =>
    model.downgrade(revisions, state.newestFirst, target!);
  const redo: Answer = ({ revisions, state }, [target]) =>
    model.redo(revisions, state.newestFirst, target!);
  const stamp: Answer = ({ revisions, state }, targets) =>
    model.stamp(revisions, state.applied, targets, 'keep');
  const purge: Answer = ({ revisions, state }, targets) =>
    model.stamp(revisions, state.applied, targets, 'purge');

  compare(5, 'upgrade', 'an id, heads, label@head, +N', upgrade, oneOf(symbolTarget, stepsUp));
  compare(6, 'upgrade', 'rev±N', upgrade, walkTarget, GRAPHS / 20);
  compare(7, 'downgrade', 'an id, base, label@id, label@base', downgrade, oneOf(appliedTarget));
  compare(8, 'downgrade', '-N, label@-N', downgrade, stepsDown);
  compare(9, 'downgrade', 'rev±N', downgrade, walkTarget, GRAPHS / 10);
  compare(10, 'redo', '-N, id, base', redo, oneOf(stepsDown, appliedTarget));
  compare(11, 'stamp', 'one target', stamp, symbolTarget);
  compare(12, 'stamp', 'several targets', stamp, severalTargets);
  compare(13, 'stamp --purge', 'any targets', purge, oneOf(symbolTarget, severalTargets));

  test('-N reverts exactly N, and never drags anything along', () =>
    everyWorld(14, (random, { graph, state }) => {
      const count = random.int(state.applied.size + 1);
      if (count === 0) return;
      const plan = planFor(graph, state, 'downgrade', `-${count}`);
      assert.is(plan.steps.length, count);
      assert.equal(plan.dragged, []);
    }));

  test('every state stays closed under ancestors, and the plan tells it truly', () =>
    everyWorld(15, (random, world) => {
      const { revisions, graph, state } = world;
      const command = random.pick<Command>(['upgrade', 'downgrade', 'redo', 'stamp']);
      const choose = oneOf(symbolTarget, appliedTarget);
      const targets = choose(random, world).map(model.targetText).join(' ');
      const plan = attempt(() => planFor(graph, state, command, targets));
      if (typeof plan === 'string') return;
      assert.equal(plan.stateBefore, state.applied);
      assert.equal(model.ancestors(revisions, plan.stateAfter), plan.stateAfter);
      const present = new Set(state.applied);
      for (const { direction, revision } of plan.steps) {
        const adds = direction === 'up' || direction === 'stamp';
        assert.is(present.has(revision), !adds, `${direction} ${revision}`);
        if (adds) present.add(revision);
        else present.delete(revision);
        assert.equal(model.ancestors(revisions, present), present, 'closed after every step');
      }
      assert.equal(present, plan.stateAfter);
    }));

  function compare(
    seed: number,
    command: Command,
    what: string,
    answer: Answer,
    choose: Choose,
    fewest = GRAPHS / 4,
  ) {
    test(`${command}: ${what}`, () => {
      let plans = 0;
      everyWorld(seed, (random, world) => {
        const targets = choose(random, world);
        const text = targets.map(model.targetText).join(' ');
        const expected = attempt(() => answer(world, targets));
        const actual = attempt(() => outcomeOf(planFor(world.graph, world.state, command, text)));
        const told = `${command} ${text} from [${[...world.state.applied].join(' ')}]`;
        if (typeof expected === 'string') assert.is(actual, expected, told);
        else {
          const { steps, heads } = expected;
          assert.equal(actual, { steps: steps.join(' '), heads: heads.join(' ') }, told);
          if (steps.length > 0) plans++;
        }
      });
      // A generator that only met errors and empty plans would have compared nothing.
      assert.ok(plans >= fewest, `only ${plans} plans had steps`);
    });
  }
});

/** What an act returns, or the code of the error with which it is refused. */
function attempt<T>(act: () => T): T | string {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof MigError || thrown instanceof model.Refused) return thrown.code;
    throw thrown;
  }
}

function everyWorld(test: number, check: (random: Random, world: World) => void): void {
  for (let index = 0; index < GRAPHS; index++) {
    const seed = test * 1_000_000 + index;
    const random = randomOf(seed);
    const revisions = randomRevisions(random, { depends: index % 2 === 1 });
    try {
      const graph = graphOf(revisions);
      check(random, { revisions, graph, state: randomState(random, revisions) });
    } catch (thrown) {
      const { message } = thrown as Error;
      const where = `seed ${seed}, graph ${shapeOf(revisions)}`;
      throw new Error(`${where}: ${message}`, { cause: thrown });
    }
  }
}

/** Revisions in random order, with ids that say nothing about who needs whom. */
function randomRevisions(
  random: Random,
  { depends }: { readonly depends: boolean },
): readonly model.ModelRevision[] {
  const made: model.ModelRevision[] = [];
  const ids = new Set<string>();
  const size = 1 + random.int(LARGEST);
  // Few bases and mostly recent parents make long branches; the opposite, wide graphs.
  const baseChance = random.pick([0, 0.1, 0.4]);
  const recent = random.pick([2, 4, LARGEST]);
  for (let index = 0; index < size; index++) {
    const id = newId(random, ids);
    ids.add(id);
    const near = random.shuffle(made.slice(-recent).map((each) => each.id));
    const parents = random.chance(baseChance) ? [] : near.slice(0, random.pick([1, 1, 1, 2, 2, 3]));
    const others = random.shuffle(made.map((each) => each.id).filter((o) => !parents.includes(o)));
    made.push({
      id,
      parents,
      depends: depends && random.chance(0.35) ? others.slice(0, 1 + random.int(2)) : [],
      labels: random.chance(0.2) ? [`line_${index}`] : [],
      created: randomDay(random),
    });
  }
  return random.shuffle(made);
}

function newId(random: Random, taken: ReadonlySet<string>): string {
  for (;;) {
    const id = Array.from({ length: 2 }, () => random.pick([...'abcdef0189XYZ'])).join('');
    if (!taken.has(id)) return id;
  }
}

function randomDay(random: Random): string | null {
  return random.chance(0.4) ? null : `2026-01-0${1 + random.int(3)}T00:00:00Z`;
}

/** A database that applied some of the revisions, in any order in which that was possible. */
function randomState(random: Random, revisions: readonly model.ModelRevision[]): State {
  const names = revisions.filter(() => random.chance(0.5)).map((each) => each.id);
  const wanted = model.ancestors(revisions, random.chance(0.2) ? [] : names);
  const applied: string[] = [];
  while (applied.length < wanted.size) {
    const ready = revisions.filter(
      ({ id, parents, depends }) =>
        wanted.has(id) &&
        !applied.includes(id) &&
        [...parents, ...depends].every((need) => applied.includes(need)),
    );
    applied.push(random.pick(ready).id);
  }
  return { applied: new Set(applied), newestFirst: applied.reverse() };
}

function oneOf(...choices: readonly Choose[]): Choose {
  return (random, world) => random.pick(choices)(random, world);
}

function nameOf(random: Random, revision: model.ModelRevision): string {
  return random.pick([revision.id, ...revision.labels]);
}

/** A label for a target: none, a random one, or one on whose line the revision is. */
function labelFor(random: Random, { revisions }: World, id: string | null): string | null {
  if (random.chance(0.5)) return null;
  const fitting = revisions.filter((each) => id === null || model.line(revisions, id).has(each.id));
  return nameOf(random, random.pick(random.chance(0.8) ? fitting : revisions));
}

function symbolTarget(random: Random, world: World): readonly [model.ModelTarget] {
  if (random.chance(0.4)) {
    const symbol = random.pick(['head', 'heads', 'base']);
    return [{ label: labelFor(random, world, null), symbol, count: 0 }];
  }
  const revision = random.pick(world.revisions);
  const label = labelFor(random, world, revision.id);
  return [{ label, symbol: nameOf(random, revision), count: 0 }];
}

/** A target of a downgrade: mostly what is applied, so that there is something to revert. */
function appliedTarget(random: Random, world: World): readonly [model.ModelTarget] {
  const applied = world.revisions.filter((each) => world.state.applied.has(each.id));
  if (applied.length === 0 || random.chance(0.25)) return symbolTarget(random, world);
  if (random.chance(0.3)) {
    return [{ label: labelFor(random, world, null), symbol: 'base', count: 0 }];
  }
  const revision = random.pick(applied);
  const label = labelFor(random, world, revision.id);
  return [{ label, symbol: nameOf(random, revision), count: 0 }];
}

function walkTarget(random: Random, world: World): readonly [model.ModelTarget] {
  const [start] = oneOf(symbolTarget, appliedTarget)(random, world) as [model.ModelTarget];
  return [{ ...start, count: random.pick([-3, -2, -1, -1, -1, 1, 1, 1, 2, 3]) }];
}

function stepsUp(random: Random, world: World): readonly [model.ModelTarget] {
  const label = labelFor(random, world, null);
  return [{ label, symbol: null, count: 1 + random.int(4) }];
}

function stepsDown(random: Random, world: World): readonly [model.ModelTarget] {
  const most = Math.max(1, world.state.applied.size);
  const count = -(1 + random.int(random.chance(0.9) ? most : most + 2));
  return [{ label: labelFor(random, world, null), symbol: null, count }];
}

function severalTargets(random: Random, world: World): readonly model.ModelTarget[] {
  return Array.from({ length: 2 + random.int(2) }, () => symbolTarget(random, world)[0]);
}
