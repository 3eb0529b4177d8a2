"""The words of the pages, in Japanese and English."""

from typing import Final

from genba_servicekit.languages import Languages, Message

LANGUAGE_COOKIE: Final = "timetable-lang"

MESSAGES: Final[dict[str, Message]] = {
    # The frame of every page
    "site": Message("My timetable", "マイタイムテーブル"),
    "skip": Message("Skip to the timetable", "本文へ移動"),
    "language": Message("Language", "言語"),
    "api": Message("API", "API"),
    "unofficial": Message(
        "Not an official page. The festival's own announcements count.",
        "非公式のページです。最新の情報は公式の発表をご確認ください。",
    ),
    # Picking
    "tagline": Message(
        "Pick what you want to see and save it as one picture for your phone.",
        "見たいものを選ぶと、スマホに保存できる1枚の画像になります。",
    ),
    "slots": Message("{count} slots", "{count}枠"),
    "as_of": Message("as of {when} (version {version})", "{when}時点（第{version}版）"),
    "official": Message("official site", "公式サイト"),
    "festivals": Message("Festivals", "フェス"),
    "updated": Message("The timetable has changed.", "タイムテーブルが更新されました。"),
    "touched": Message("The timetable has changed, and so have your picks:", "選択した枠が変更されました:"),
    "reload": Message("Show the new one", "新しい版を表示"),
    "stale": Message(
        "The official timetable cannot be reached; this is how it was on {when}.",
        "公式のタイムテーブルを取得できません。{when}時点の内容を表示しています。",
    ),
    "search": Message("Search names", "名前で検索"),
    "search_label": Message("Search performers and titles", "出演者・タイトルで検索"),
    "days": Message("Days", "日"),
    "stages": Message("Stages", "ステージ"),
    "kinds": Message("Kinds", "種類"),
    "filters": Message("Stages, kinds and times", "ステージ・種類・時間で絞り込む"),
    "from": Message("From", "開始"),
    "until": Message("Until", "終了"),
    "reset": Message("Show everything", "条件をリセット"),
    "only_mine": Message("Only my picks", "選択中のみ"),
    "found": Message("{count} slots", "{count}枠を表示"),
    "nothing_found": Message("Nothing fits. Show everything again?", "条件に合う枠がありません。"),
    "clash_with": Message("overlaps {name} by {minutes} min", "{name}と{minutes}分重複"),
    "clear": Message("Clear", "選択を解除"),
    "cleared": Message("All picks were taken back.", "選択をすべて解除しました。"),
    "make": Message("Make a timetable of {count} picks", "選択中の {count} 件でタイムテーブルを生成"),
    "make_none": Message("Pick something first", "見たい枠を選んでください"),
    "make_plain": Message("Make the timetable", "タイムテーブルを生成"),
    "limit": Message("A picture holds {most} picks.", "選択できるのは{most}件までです。"),
    "entry": Message("About {name}", "{name}について"),
    "kind_live": Message("Live", "ライブ"),
    "kind_greeting": Message("Meet and greet", "特典会"),
    "kind_talk": Message("Talk", "トーク"),
    "kind_other": Message("Other", "その他"),
    # The picture
    "result": Message("Your picture", "できあがり"),
    "layout": Message("Layout", "レイアウト"),
    "layout_agenda": Message("All days", "全日"),
    "layout_day": Message("One day, phone screen", "1日（スマホ画面）"),
    "layout_story": Message("Story 9:16", "ストーリー 9:16"),
    "layout_grid": Message("All stages", "全ステージ"),
    "size": Message("Width", "横幅"),
    "screen": Message("Screen", "画面"),
    "day": Message("Day", "日"),
    "lock": Message("Keep the lock screen's clock free", "ロック画面の時計を避ける"),
    "theme": Message("Theme", "テーマ"),
    "theme_auto": Message("As this device", "端末に合わせる"),
    "theme_light": Message("Light", "ライト"),
    "theme_dark": Message("Dark", "ダーク"),
    "qr": Message("With a QR code", "QRコードを付ける"),
    "making": Message("Drawing…", "生成中…"),
    "made": Message("Ready: {width} × {height} px", "できました（{width} × {height} px）"),
    "offline": Message(
        "There is no connection just now. Your picks are kept; the picture is made when it is back.",
        "通信できません。選択は保存されています。つながったら画像を生成します。",
    ),
    "failed": Message("That did not work.", "生成できませんでした。"),
    "download": Message("Save the picture", "画像を保存"),
    "share": Message("Share", "共有"),
    "copy": Message("Copy the link", "リンクをコピー"),
    "copied": Message("Copied:", "コピーしました:"),
    "calendar": Message("Calendar", "カレンダー"),
    "as_text": Message("Text", "テキスト"),
    "lost": Message("No longer in the timetable:", "タイムテーブルからなくなりました:"),
    "picture_alt": Message("Timetable of the picks at {name}", "{name}のマイタイムテーブル"),
    # A shared timetable
    "share_title": Message("{name}: my timetable", "{name} マイタイムテーブル"),
    "share_summary": Message("{picks}, {days}", "{picks}・{days}"),
    "share_changed": Message(
        "The timetable has changed since. These picks moved or are gone:",
        "その後タイムテーブルが変更され、次の枠が移動または消滅しました:",
    ),
    "start_from": Message("Start from these picks", "この選択から始める"),
    "make_own": Message("Make my own", "自分のを作る"),
    "clash": Message("overlaps {name} by {minutes} min", "{name}と{minutes}分重複"),
    "walk": Message("{needed} min walk to {name}, {available} left", "{name}まで移動{needed}分、間は{available}分"),
    # Nothing there
    "empty_title": Message("No festival yet", "フェスがまだありません"),
    "empty_text": Message(
        "Add one with a file, or over the API. Its timetable is fetched at once.",
        "設定ファイルかAPIで追加すると、すぐにタイムテーブルを取得します。",
    ),
    "no_timetable": Message("{name} has no timetable yet", "{name}のタイムテーブルはまだありません"),
    "tried_again": Message("It is fetched again by itself.", "自動的に再取得します。"),
    "to_start": Message("To the start", "はじめに戻る"),
    "error_404": Message("There is nothing here", "ここには何もありません"),
    "error_other": Message("That did not work", "うまくいきませんでした"),
    "pick_something": Message("Pick at least one slot.", "1つ以上選んでください。"),
}

languages: Final = Languages(MESSAGES, cookie=LANGUAGE_COOKIE)
