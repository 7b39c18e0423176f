import { messageOf } from './describe.ts';
import type { BranchesDocument } from './documents.ts';
import type { Project } from './project.ts';
import { viewOfFiles } from './view.ts';

/** The branch points of the files, with their children. */
export async function branches(project: Project): Promise<BranchesDocument> {
  const { view } = viewOfFiles(project);
  const { order, children: childrenOf } = view.graphs.files;
  return {
    version: 1,
    command: 'branches',
    branches: order.flatMap((revision) => {
      const children = childrenOf.get(revision) ?? [];
      return children.length < 2
        ? []
        : [{ revision, message: messageOf(view, revision), children }];
    }),
  };
}
