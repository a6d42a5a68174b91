/** An error as dashboard/API.md shapes it. */
export const failure = (status, code, message, extra = {}) => ({ status, body: { error: { code, message, hint: "", ...extra } } });
