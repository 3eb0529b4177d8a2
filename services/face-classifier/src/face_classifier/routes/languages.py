"""The words of the page, in Japanese and English."""

from typing import Final

from genba_servicekit.languages import Languages, Message

LANGUAGE_COOKIE: Final = "faces-lang"

MESSAGES: Final[dict[str, Message]] = {
    # The frame of every page
    "site": Message("Whose face is it?", "だれの顔？"),
    "tagline": Message(
        "Choose a photo: every face in it is found, and named if the model knows it. No photo is kept.",
        "写真を選ぶと、写っている顔を見つけ、モデルが知っている人なら名前を示します。写真は保存しません。",
    ),
    "skip": Message("Skip to the content", "本文へ移動"),
    "language": Message("Language", "言語"),
    "api": Message("API", "API"),
    "to_label": Message("Give names to faces", "顔に名前を付ける"),
    # Choosing
    "choose": Message("Photos", "写真"),
    "choose_hint": Message(
        "JPEG, PNG, WebP or PGM, up to {count} at once. Drop them anywhere on this page, or paste one.",
        "JPEG、PNG、WebP、PGM。一度に{count}枚まで。ページ上のどこにでもドロップ、または貼り付けできます。",
    ),
    "camera": Message("Take a photo", "写真を撮る"),
    "look": Message("Look", "調べる"),
    "drawn_try": Message("Try a drawn face", "描いた顔で試す"),
    "drop": Message("Drop the photos here", "ここに写真をドロップ"),
    "looking": Message("Looking…", "調べています…"),
    "no_choice": Message("Choose a photo first.", "先に写真を選んでください。"),
    "failed": Message("That did not work: {detail}", "うまくいきませんでした: {detail}"),
    "away": Message("the service does not answer", "サービスが応答しません"),
    # The model
    "no_model": Message("There is no model yet", "モデルはまだありません"),
    "no_model_more": Message(
        "Faces are found, but nobody is named. This trains a model of drawn people and has it answer:",
        "顔は見つかりますが、名前はわかりません。次のコマンドで、描いた人物のモデルを学習させて使えます。",
    ),
    "training_more": Message(
        "A first one is being trained, on people who do not exist. Faces are found meanwhile, and nobody is named.",
        "最初のモデルを、実在しない人物の絵で学習しています。その間も顔は見つかりますが、名前はわかりません。",
    ),
    "training_begins": Message("People are being drawn…", "人物を描いています…"),
    "training_step": Message("Step {step} of {steps}, about {left} s left", "{steps}ステップ中{step}、残り約{left}秒"),
    "model_waits": Message("The model is not ready", "モデルの準備ができていません"),
    "drawn": Message(
        "This model knows drawn people alone, who do not exist.",
        "このモデルが知っているのは、描かれた架空の人物だけです。",
    ),
    "drawn_more": Message(
        "Real people will not be recognised, whatever name stands beside them.",
        "実在の人物の名前が出ても、当てにはなりません。",
    ),
    "people": Message("Knows {count} people (version {version})", "{count}人を知っています（バージョン{version}）"),
    # What was found
    "found": Message("What was found", "結果"),
    "faces_0": Message("No face was found", "顔は見つかりませんでした"),
    "faces_1": Message("One face", "顔1つ"),
    "faces_n": Message("{count} faces", "顔{count}つ"),
    "face": Message("Face {number}", "顔{number}"),
    "unknown": Message("Nobody whom the model knows", "モデルの知らない人"),
    "nearest": Message("most like {name}, {share}", "近いのは{name}（{share}）"),
    "others": Message("or {names}", "ほかの候補: {names}"),
    "wiki": Message("{name} in the wiki", "{name}をウィキで見る"),
    "unread": Message("This picture cannot be read", "この画像は読み込めません"),
    "picture": Message("Picture {number}", "画像{number}"),
    "size": Message("{width} × {height} pixels", "{width} × {height} ピクセル"),
    # Giving names
    "label_title": Message("Whose face is this?", "この顔はだれ？"),
    "label_more": Message(
        "Faces without a name, those first of which the model is least sure. What you name becomes a data set.",
        "名前のない顔を、モデルの自信が低い順に示します。名前を付けたものは学習用のデータになります。",
    ),
    "label_noscript": Message("Naming faces takes JavaScript.", "名前を付けるにはJavaScriptが必要です。"),
    "label_set": Message("Set", "セット"),
    "label_left": Message("{count} to go", "残り{count}"),
    "label_none": Message(
        "No face waits for a name. This cuts faces out of photos and puts them here:",
        "名前を待つ顔はありません。次のコマンドで、写真から顔を切り出してここに置けます。",
    ),
    "label_face": Message("The face", "顔"),
    "label_whose": Message("Whose is it?", "だれですか？"),
    "label_other": Message("Somebody else", "ほかの人"),
    "label_name": Message("Name", "名付ける"),
    "label_reject": Message("No face", "顔ではない"),
    "label_skip": Message("Later", "あとで"),
    "label_keys": Message(
        "Keys: Enter or 1 to 5 for a guess, N for somebody else, X for no face, S for later.",
        "キー: Enterまたは1〜5で候補、Nでほかの人、Xで顔ではない、Sであとで。",
    ),
    "label_done": Message("Named {name}.", "{name}と名付けました。"),
    "label_skipped": Message("Put off.", "あとに回しました。"),
    "label_rejected": Message("Laid aside.", "除外しました。"),
    "key": Message("API key", "APIキー"),
    "key_use": Message("Go on", "進む"),
    "key_more": Message(
        "It stays in this tab. Whoever runs the service makes one:",
        "このタブの中だけで使われます。サービスの管理者が次のコマンドで発行します:",
    ),
    "key_shape": Message("A key is gk_ and 43 letters", "キーは「gk_」と43文字です"),
    "key_forget": Message("Forget the key", "キーを破棄"),
    "key_wrong": Message("This key is not taken: it takes one of an editor.", "このキーでは名前を付けられません。"),
    # Errors
    "error_404": Message("There is nothing here", "ページがありません"),
    "error_other": Message("That cannot be shown", "表示できません"),
    "to_start": Message("To the start page", "最初のページへ"),
}

languages: Final = Languages(MESSAGES, cookie=LANGUAGE_COOKIE)
