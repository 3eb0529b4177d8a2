"""The words of the wiki's pages, in English and Japanese."""

from typing import Final

from genba_servicekit.languages import Languages, Message

MESSAGES: Final[dict[str, Message]] = {
    # The frame of every page
    "skip": Message("Skip to the text", "本文へ移動"),
    "search": Message("Search", "検索"),
    "search_for": Message("Search the wiki", "ウィキを検索"),
    "recent": Message("Recent changes", "最近の更新"),
    "recent_short": Message("Recent", "最近の更新"),
    "new_entry": Message("New entry", "新しい項目"),
    "log_in": Message("Log in", "ログイン"),
    "log_out": Message("Log out", "ログアウト"),
    "register": Message("Register", "登録"),
    "feed": Message("Feed", "フィード"),
    "api": Message("API", "API"),
    "language": Message("Language", "言語"),
    "menu": Message("Wiki", "ウィキ"),
    # Entries
    "by": Message("by {author}", "{author}"),
    "edit": Message("Edit", "編集"),
    "history": Message("History", "履歴"),
    "links": Message("Links", "リンク"),
    "star": Message("Star", "スターを付ける"),
    "unstar": Message("Take star back", "スターを外す"),
    "stars": Message("Stars", "スター"),
    "also_called": Message("Also called:", "別名:"),
    "newer": Message("Newer", "新しい項目へ"),
    "older": Message("Older", "古い項目へ"),
    "pages": Message("Pages", "ページ"),
    "page_number": Message("Page {number}", "{number}ページ"),
    "empty_title": Message("An empty wiki", "まだ何もないウィキ"),
    "empty_text": Message(
        "There is no entry yet. Write the first one: from then on, every mention of its keyword is a link.",
        "まだ項目がありません。最初の項目を書くと、そのキーワードが出てくるところはすべてリンクになります。",
    ),
    "write_first": Message("Write the first entry", "最初の項目を書く"),
    "log_in_to_write": Message("Log in to write", "ログインして書く"),
    # An entry that is not there
    "unknown_title": Message("No entry “{keyword}”", "「{keyword}」という項目はありません"),
    "unknown_text": Message("Nobody has written about this yet.", "これについてはまだ誰も書いていません。"),
    "create_it": Message("Write “{keyword}”", "「{keyword}」を書く"),
    "was_deleted": Message("It was deleted. It can be brought back as it was.", "削除されました。元のまま戻せます。"),
    "undelete": Message("Bring it back", "元に戻す"),
    "would_link": Message("These entries would link here:", "次の項目がここへリンクします:"),
    # Editing
    "edit_title": Message("Edit “{keyword}”", "「{keyword}」を編集"),
    "keyword": Message("Keyword", "キーワード"),
    "description": Message("Text", "本文"),
    "summary": Message("What did you change? (optional)", "変更の要約(任意)"),
    "save": Message("Save", "保存"),
    "cancel": Message("Cancel", "やめる"),
    "keyword_hint": Message(
        "The words that become a link wherever they are mentioned.", "本文に出てくるとリンクになる言葉です。"
    ),
    "text_hint": Message(
        "Plain text. Mentions of other entries become links by themselves.",
        "書式のない文章です。ほかの項目の言葉は自動でリンクになります。",
    ),
    "rename": Message("Rename", "名前を変える"),
    "new_keyword": Message("New keyword", "新しいキーワード"),
    "keep_alias": Message("Keep the old keyword as another name", "元のキーワードを別名として残す"),
    "aliases": Message("Other names", "別名"),
    "aliases_hint": Message(
        "One in each line. They link to this entry too.", "1行に1つ。この項目へのリンクになります。"
    ),
    "save_aliases": Message("Save other names", "別名を保存"),
    "delete": Message("Delete", "削除"),
    "delete_entry": Message("Delete this entry", "この項目を削除"),
    "delete_hint": Message(
        "Nothing links to it any more. It can be brought back.", "リンクは消えます。後で元に戻せます。"
    ),
    "stale_text": Message(
        "Someone else saved this entry meanwhile. Their text is below yours; saving again replaces it.",
        "ほかの人が先に保存しました。その本文を下に示します。もう一度保存すると置き換わります。",
    ),
    "exists_text": Message(
        "There is an entry of this keyword already. Its text is below yours; saving again replaces it.",
        "このキーワードの項目はすでにあります。その本文を下に示します。もう一度保存すると置き換わります。",
    ),
    "current_text": Message("The text as it is now", "現在の本文"),
    # History
    "history_title": Message("History of “{keyword}”", "「{keyword}」の履歴"),
    "revision": Message("Revision {number}", "第{number}版"),
    "compared": Message("Revision {new} compared with revision {old}", "第{old}版と第{new}版の違い"),
    "no_difference": Message("The two texts are the same.", "本文は同じです。"),
    "restore": Message("Restore this text", "この本文に戻す"),
    "whole_text": Message("The whole text of revision {number}", "第{number}版の本文"),
    "back_to_history": Message("All revisions", "すべての版"),
    "compare_with_newest": Message("Compare with the newest", "最新版と比べる"),
    "earlier": Message("Earlier", "以前"),
    "op_save": Message("saved", "保存"),
    "op_delete": Message("deleted", "削除"),
    "op_undelete": Message("brought back", "復元"),
    "op_rename": Message("renamed", "改名"),
    "op_alias": Message("other names changed", "別名の変更"),
    "renamed_from": Message("was “{keyword}”", "旧名「{keyword}」"),
    "no_changes": Message("Nothing has happened yet.", "まだ何も起きていません。"),
    # Links
    "links_title": Message("Links of “{keyword}”", "「{keyword}」のリンク"),
    "backlinks": Message("What links here", "リンク元"),
    "related": Message("Related entries", "関連する項目"),
    "no_backlinks": Message("Nothing links here yet.", "リンク元はまだありません。"),
    "no_related": Message("Nothing yet.", "まだありません。"),
    "more": Message("More", "もっと見る"),
    # Search
    "search_title": Message("Search: {query}", "検索: {query}"),
    "nothing_found": Message("Nothing was found for “{query}”.", "「{query}」は見つかりませんでした。"),
    "search_hint": Message("Every word has to occur, in any case.", "すべての語を含む項目を探します。"),
    "previous": Message("Previous", "前へ"),
    "next": Message("Next", "次へ"),
    # Stars
    "stars_title": Message("Stars of “{keyword}”", "「{keyword}」のスター"),
    "no_stars": Message("No stars yet.", "スターはまだありません。"),
    # People
    "name": Message("Name", "名前"),
    "password": Message("Password", "パスワード"),
    "no_account": Message("No account yet?", "はじめてですか?"),
    "have_account": Message("Have an account?", "登録済みですか?"),
    # Errors, by the class or the status of the error
    "error": Message("Something went wrong", "問題が起きました"),
    "back_home": Message("To the newest entries", "新着の項目へ"),
    "request_id": Message("Request", "リクエスト"),
    "error_400": Message("That cannot be read", "読み取れない要求です"),
    "error_401": Message("Please log in", "ログインしてください"),
    "error_403": Message("That is not allowed", "許可されていません"),
    "error_404": Message("There is no such page", "ページがありません"),
    "error_405": Message("That does not work here", "ここではできません"),
    "error_409": Message("That is taken", "すでに使われています"),
    "error_412": Message("It has changed meanwhile", "先に変更されています"),
    "error_413": Message("That is too long", "長すぎます"),
    "error_415": Message("Not a form that is read here", "受け取れない形式です"),
    "error_422": Message("That cannot be accepted", "受け付けられません"),
    "error_429": Message("Too many attempts. Wait a little.", "試行が多すぎます。少し待ってください。"),
    "error_500": Message("Something went wrong here", "内部で問題が起きました"),
    "error_503": Message("Not available just now", "ただいま利用できません"),
    "log_in_first": Message("Log in to do this", "ログインが必要です"),
    "editors_only": Message("Only editors can do this", "編集者だけができます"),
    "wrong_login": Message("The name or the password is wrong.", "名前かパスワードが違います。"),
    "name_taken": Message("This name is taken.", "この名前は使われています。"),
    "bad_name": Message("This name cannot be used.", "この名前は使えません。"),
    "bad_password": Message("This password cannot be used.", "このパスワードは使えません。"),
    "closed": Message("Registration is closed.", "登録は受け付けていません。"),
    "spam": Message("The text looks like spam.", "スパムと判定されました。"),
    "refused": Message("This cannot be stored.", "この内容は保存できません。"),
    "taken": Message("Another entry has this keyword or name.", "ほかの項目がこの言葉を使っています。"),
    "no_revision": Message("There is no such revision.", "その版はありません。"),
}

languages: Final = Languages(MESSAGES, cookie="wiki-lang")
