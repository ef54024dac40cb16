/** Name of the cookie that remembers whether the sidebar is collapsed: "1" when it is. Readable by the server and the page. */
export const sidebarCookie = "hf_sidebar";
