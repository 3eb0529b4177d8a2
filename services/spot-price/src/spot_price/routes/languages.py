"""The words of the page, in Japanese and English."""

from typing import Final

from genba_servicekit.languages import Language, Languages, Message

LANGUAGE_COOKIE: Final = "spot-lang"

MESSAGES: Final[dict[str, Message]] = {
    # The frame of every page
    "site": Message("Spot prices", "スポット価格"),
    "tagline": Message(
        "What an EC2 Spot instance costs now, in every zone of every region at once.",
        "EC2スポットインスタンスの現在価格を、全リージョン・全ゾーンまとめて表示します。",
    ),
    "skip": Message("Skip to the content", "本文へ移動"),
    "language": Message("Language", "言語"),
    "api": Message("API", "API"),
    "catalogue": Message("On-demand prices as of {date}", "オンデマンド価格は{date}時点"),
    "currency": Message("Prices are in US dollars an hour", "価格は米ドル／時"),
    "synthetic": Message("These prices are made up", "この価格は架空のものです"),
    "synthetic_more": Message(
        "They come from {source}, so that everything can be tried without an AWS account.",
        "AWSアカウントなしで試せるよう、{source} が生成しています。実際の価格ではありません。",
    ),
    "source": Message("Source: {source}", "取得元: {source}"),
    # Choosing
    "types": Message("Instance types", "インスタンスタイプ"),
    "types_hint": Message("such as g5.2xlarge or g5.*", "例: g5.2xlarge、g5.*"),
    "regions": Message("Regions", "リージョン"),
    "regions_hint": Message("all; or us, eu, ap, us-west…", "空欄で全部。us、eu、ap、us-westなど"),
    "window": Message("Window", "期間"),
    "product": Message("Product", "OS"),
    "band": Message("Prices", "価格帯"),
    "band_near": Message("Near the lowest", "最安値付近"),
    "band_all": Message("All", "全体"),
    "log": Message("Log scale", "対数目盛"),
    "show": Message("Show", "表示"),
    "unit_m": Message("{count} min", "{count}分"),
    "unit_h": Message("{count} h", "{count}時間"),
    "unit_d": Message("{count} d", "{count}日"),
    "unit_w": Message("{count} weeks", "{count}週間"),
    "no_such": Message("There is no {kind} “{name}”.", "{kind}「{name}」はありません。"),
    "did_you_mean": Message("Did you mean {names}?", "もしかして: {names}"),
    "kind_region": Message("region", "リージョン"),
    "kind_zone": Message("zone", "ゾーン"),
    "kind_instance type": Message("instance type", "インスタンスタイプ"),
    "kind_product description": Message("product", "OS"),
    "kind_pool": Message("pool", "プール"),
    "no_cap": Message(
        "“{cap}” is no price: it takes US dollars an hour, such as 0.45.",
        "「{cap}」は価格ではありません。0.45のように、米ドル／時で指定してください。",
    ),
    "no_window": Message(
        "The window “{window}” cannot be read: it is written 15m, 3h, 7d or 2w.",
        "期間「{window}」を解釈できません。15m、3h、7d、2wのように指定してください。",
    ),
    "too_long": Message("That is more than can be asked for at once.", "一度に指定できる数を超えています。"),
    # The cheapest, the chart, the table
    "best_price": Message("Cheapest now", "現在の最安"),
    "best_vcpu": Message("Cheapest vCPU now", "1 vCPUあたり最安"),
    "best_gpu": Message("Cheapest GPU now", "1 GPUあたり最安"),
    "best_gpu-memory": Message("Cheapest GiB of GPU memory now", "GPUメモリ1 GiBあたり最安"),
    "best_discount": Message("Largest discount now", "割引率が最大"),
    "rank": Message("Rank by", "並び順"),
    "by_price": Message("Price", "価格"),
    "by_vcpu": Message("$/vCPU", "$/vCPU"),
    "by_gpu": Message("$/GPU", "$/GPU"),
    "by_gpu-memory": Message("$/GiB", "$/GiB"),
    "by_discount": Message("Discount", "割引率"),
    "no_figure": Message("None of these can be ranked so", "この並び順で比べられるものがありません"),
    "nothing_known": Message("No price is known", "価格がわかりません"),
    "off": Message("{percent} % off on-demand", "オンデマンドより{percent}%安い"),
    "chart": Message("How prices went: {types}, {window}", "価格の推移: {types}、{window}"),
    "keys": Message(
        "Keys in the chart: + − zoom, ↑ ↓ move the band, ← → move in time, [ ] window, shift with ← → reads prices, "
        "g log scale, 0 as at first, f forecast. Drag moves; the wheel zooms once the chart is chosen, with shift in "
        "time.",
        "図のキー操作: + − 拡大縮小、↑ ↓ 価格帯の移動、← → 時間の移動、[ ] 期間、Shift+← → 価格の読み取り、"
        "g 対数目盛、0 最初の表示、f 見通し。ドラッグで移動、図を選択するとホイールで拡大縮小（Shiftで時間方向）。",
    ),
    "zoom_in": Message("Zoom in", "拡大"),
    "zoom_out": Message("Zoom out", "縮小"),
    "band_up": Message("Higher prices", "高い価格帯へ"),
    "band_down": Message("Lower prices", "低い価格帯へ"),
    "earlier": Message("Earlier", "前へ"),
    "later": Message("Later", "後へ"),
    "reset": Message("As at first", "最初の表示"),
    "download": Message("Chart as", "図を保存:"),
    "table": Message("Prices by region and zone", "リージョン・ゾーン別の価格"),
    "zone": Message("Zone", "ゾーン"),
    "type": Message("Type", "タイプ"),
    "price": Message("Price", "価格"),
    "discount": Message("Discount", "割引率"),
    "course": Message("Course", "推移"),
    "since": Message("Since", "変更"),
    "ago": Message("{time} ago", "{time}前"),
    "fresh": Message("as of {time} ago", "{time}前の情報"),
    "never": Message("not answered yet", "未取得"),
    "unknown": Message("unknown", "不明"),
    "failing": Message("Cannot be asked since {time} ago: {reason}", "{time}前から取得できません: {reason}"),
    "seconds": Message("{count} s", "{count}秒"),
    "minutes": Message("{count} min", "{count}分"),
    "hours": Message("{count} h", "{count}時間"),
    "days": Message("{count} d", "{count}日"),
    "more": Message(
        "{count} more come after these; name fewer types or regions to see them.",
        "ほかに{count}件（より下位）。タイプやリージョンを絞ると表示されます。",
    ),
    "not_offered": Message("No price of these types in {regions}.", "次のリージョンには価格がありません: {regions}"),
    "empty": Message("No prices yet", "まだ価格がありません"),
    "empty_more": Message(
        "Regions are being asked. The page shows them as soon as the first answers.",
        "リージョンに問い合わせています。最初の応答があり次第、表示します。",
    ),
    # The next day
    "outlook": Message("The next 24 hours: {type} in {zone}", "今後24時間の見通し: {zone} の {type}"),
    "outlook_said": Message(
        "In 24 hours between {low} and {high} with a chance of 80 %, about {middle}.",
        "24時間後は80%の確率で {low}〜{high}、中央値は {middle}。",
    ),
    "outlook_under": Message(
        "It stays under {cap}, the price on demand, with a chance of {chance} %.",
        "オンデマンド価格（{cap}）を超えない確率は{chance}%。",
    ),
    "outlook_cap": Message(
        "It stays under {cap} all that time with a chance of {chance} %.",
        "24時間ずっと {cap} を超えない確率は{chance}%。",
    ),
    "outlook_show": Message("Forecast", "見通す"),
    "outlook_pool": Message("Forecast of", "見通しの対象"),
    "outlook_first": Message("the first in the list", "一覧の先頭"),
    "outlook_limit": Message("Chance to stay under, $/h", "上限価格（$/時）"),
    "outlook_on_demand": Message("the price on demand", "オンデマンド価格"),
    "outlook_trust": Message(
        "Tried {tried} times over the last two weeks: {staying} of the error of “it stays as it is”, {usual} of that "
        "of “as it mostly was”; {inside} % came within the 80 % band.",
        "過去2週間の{tried}回の検証: 誤差は「今のまま」の{staying}倍、「いつも通り」の{usual}倍。"
        "80%の範囲に収まったのは{inside}%。",
    ),
    "outlook_no-price": Message(
        "There is no forecast: the price of now is not known.", "現在の価格が不明なため、見通しはありません。"
    ),
    "outlook_too-little-known": Message(
        "There is no forecast yet: it takes ten days of prices.", "価格の記録が10日分たまると、見通しを表示します。"
    ),
    "outlook_not-better": Message(
        "There is no forecast: lately “it stays as it is”, or “as it mostly was”, would have done as well.",
        "最近の検証で「今のまま」や「いつも通り」より良い予測ができていないため、見通しは表示しません。",
    ),
    "now": Message("now", "現在"),
    # Alerts
    "alerts": Message("Price alerts", "価格アラート"),
    "alerts_more": Message(
        "An alert watches the cheapest of the pools that it chooses. It speaks once as something comes true, and again "
        "only after it was over: by an event, and by a signed message to a webhook.",
        "アラートは、選んだプールのうち最安のものを見張ります。条件が成り立ったときに一度だけ知らせ、いったん外れるまでは"
        "繰り返しません。イベントと、署名付きWebhookで届きます。",
    ),
    "alerts_noscript": Message(
        "This page needs JavaScript. Without it, alerts are read and set up over the API:",
        "このページにはJavaScriptが必要です。APIからも一覧や設定ができます:",
    ),
    "key": Message("API key", "APIキー"),
    "key_use": Message("Go on", "進む"),
    "key_more": Message(
        "Alerts take an API key. It stays in this tab, and is forgotten with it.",
        "アラートの操作にはAPIキーが必要です。キーはこのタブの中だけに保持され、閉じると消えます。",
    ),
    "key_from": Message("Whoever runs the service makes a key:", "キーはサービスの管理者が次のコマンドで発行します:"),
    "key_shape": Message("A key is gk_ and 43 letters", "キーは「gk_」と43文字です"),
    "key_forget": Message("Forget the key", "キーを破棄"),
    "key_wrong": Message("This key is not taken.", "このキーは使えません。"),
    "key_weak": Message(
        "This key may not set alerts up: it takes one of an editor.", "このキーには編集の権限がありません。"
    ),
    "no_answer": Message(
        "The service did not answer as it should ({status}).", "サービスから正しい応答がありません（{status}）。"
    ),
    "unsent": Message(
        "There is no connection just now. When it is back, the lists say whether this was done.",
        "通信できません。回復後の一覧で、操作が反映されたか確認してください。",
    ),
    "alerts_list": Message("What is watched", "見張っているもの"),
    "alerts_none": Message(
        "No alerts yet: make the first below.", "まだアラートがありません。下のフォームから作成できます。"
    ),
    "alerts_new": Message("A new alert", "新しいアラート"),
    "alert_name": Message("Name", "名前"),
    "alert_kind": Message("Speaks when the cheapest", "知らせる条件（最安のプールが）"),
    "kind_of_below": Message("costs no more than", "次の価格以下になったとき"),
    "kind_of_above": Message("costs no less than", "次の価格以上になったとき"),
    "kind_of_change": Message("changed by per cent", "次の割合だけ変わったとき"),
    "kind_of_cheapest": Message("is in another place", "別の場所に移ったとき"),
    "threshold": Message("US dollars an hour", "米ドル／時"),
    "percent": Message("Per cent", "パーセント"),
    "webhook": Message("Webhook (may be left out)", "Webhook（省略可）"),
    "alert_make": Message("Make it", "作成"),
    "made": Message("{name} was made.", "{name} を作成しました。"),
    "secret_more": Message(
        "Messages are signed with this secret (Standard Webhooks). It is shown this once:",
        "メッセージはこの秘密鍵で署名されます（Standard Webhooks）。表示は今回限りです:",
    ),
    "everywhere": Message("everywhere", "全リージョン"),
    "waits_below": Message("{types}, {where}: {dollars} or less", "{types}、{where}: {dollars} 以下"),
    "waits_above": Message("{types}, {where}: {dollars} or more", "{types}、{where}: {dollars} 以上"),
    "waits_change": Message("{types}, {where}: {percent} % up or down", "{types}、{where}: {percent}%の変化"),
    "waits_cheapest": Message(
        "{types}, {where}: another place is the cheapest", "{types}、{where}: 最安の場所が変わる"
    ),
    "spoke": Message("Spoke {count} ×, last on {time}.", "通知{count}回、最後は{time}。"),
    "spoke_never": Message("Has not spoken yet.", "まだ通知していません。"),
    "paused": Message("Paused.", "一時停止中。"),
    "pause": Message("Pause", "一時停止"),
    "resume": Message("Go on", "再開"),
    "test": Message("Try", "試す"),
    "delete": Message("Delete", "削除"),
    "pause_done": Message("{name} keeps silent.", "{name} を一時停止しました。"),
    "resume_done": Message("{name} goes on.", "{name} を再開しました。"),
    "test_done": Message("A message to try {name} is on its way.", "{name} のテスト送信を受け付けました。"),
    "delete_done": Message("{name} is gone.", "{name} を削除しました。"),
    "redeliver_done": Message("The message of {name} is sent again.", "{name} のメッセージを再送します。"),
    "delete_sure": Message("Delete {name}, and its messages?", "{name} とそのメッセージを削除しますか？"),
    "deliveries": Message("Messages to webhooks", "Webhookへのメッセージ"),
    "deliveries_none": Message("Nothing was sent yet.", "まだ送信していません。"),
    "state_waiting": Message("Waits", "送信待ち"),
    "state_delivered": Message("Taken", "受信済み"),
    "state_dead": Message("Given up", "送信断念"),
    "tried": Message("Sent {count} ×.", "送信{count}回。"),
    "redeliver": Message("Send again", "再送"),
    "to_prices": Message("To the prices", "価格一覧へ"),
    # The script's
    "updated": Message("Updated {time}", "{time} 更新"),
    "offline": Message("There is no connection just now; it is tried again.", "通信できません。自動的に再試行します。"),
    "to_start": Message("To the start", "はじめに戻る"),
    "error_404": Message("There is nothing here", "ここには何もありません"),
    "error_other": Message("That did not work", "うまくいきませんでした"),
}

languages: Final = Languages(MESSAGES, cookie=LANGUAGE_COOKIE)
_UNITS: Final = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))
_TWICE: Final = 2


def length(language: Language, seconds: int) -> str:
    """A length of time in one unit: the largest of which there are two, `90 s`, `2 min`."""
    unit, name = next(((unit, name) for unit, name in _UNITS if seconds >= _TWICE * unit), _UNITS[-1])
    return language(name, count=max(0, seconds) // unit)
