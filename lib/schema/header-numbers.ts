/** The two numbers in the header of a database file that are the user's. */
export interface HeaderNumbers {
  readonly user_version: number;
  readonly application_id: number;
}

/** Reads them as one row, by the names of their PRAGMAs; both are 0 where nobody set them. */
export const HEADER_NUMBERS_SQL = 'SELECT * FROM pragma_user_version, pragma_application_id';
