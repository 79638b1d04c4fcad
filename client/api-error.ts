import type { ErrorCode } from '@loadcycle/contract/errors';

/** The codes that there are; a newer server may have more. */
export type ApiErrorCode = ErrorCode | (string & {});

/** What the API answers when it refuses: RFC 9457 problem details. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  /** stable, such as `request.not-found` */
  readonly code?: ApiErrorCode;
  readonly detail?: string;
  readonly hint?: string;
  readonly requestId?: string;
  /** every place that is wrong, in the body (a JSON Pointer) or in a parameter */
  readonly errors?: readonly {
    readonly pointer?: string;
    readonly parameter?: string;
    readonly detail: string;
  }[];
}

/** A refusal of the API; `code` is stable. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `the API answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'internal';
    this.problem = problem;
  }

  /** `if (ApiError.is(error, 'signal.unknown')) …` */
  static is(error: unknown, code: ApiErrorCode): error is ApiError {
    return error instanceof ApiError && error.code === code;
  }

  /** Reads an answer that is not 2xx. */
  static async of(response: Response): Promise<ApiError> {
    const text = await response.text();
    try {
      return new ApiError(response.status, JSON.parse(text) as Problem);
    } catch {
      return new ApiError(response.status, { detail: text.slice(0, 200) || response.statusText });
    }
  }
}
