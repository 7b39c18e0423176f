import { messageOf } from './describe.ts';
import type { BranchesDocument } from './documents.ts';
import { overviewOfFiles } from './overview.ts';
import type { Project } from './project.ts';

/** The branch points of the files, with their children. */
export async function branches(project: Project): Promise<BranchesDocument> {
  const { overview } = overviewOfFiles(project);
  const { order, children: childrenOf } = overview.graphs.files;
  return {
    version: 1,
    command: 'branches',
    branches: order.flatMap((revision) => {
      const children = childrenOf.get(revision) ?? [];
      return children.length < 2
        ? []
        : [{ revision, message: messageOf(overview, revision), children }];
    }),
  };
}
