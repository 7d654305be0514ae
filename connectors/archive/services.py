"""Which mass-mail services leave which marks: DKIM and return-path domains, and headers of their own."""

from collections.abc import Iterable

# Public knowledge of the services' own documentation; domains weigh more than headers, which spam forges.
_BY_DOMAIN = {
    "mcsv.net": "mailchimp", "rsgsv.net": "mailchimp", "mcdlv.net": "mailchimp", "mandrillapp.com": "mandrill",
    "sender-sib.com": "brevo", "sendinblue.com": "brevo", "mailjet.com": "mailjet", "sendgrid.net": "sendgrid",
    "amazonses.com": "amazonses", "mailgun.org": "mailgun", "mailgun.net": "mailgun", "mtasv.net": "postmark",
    "hubspotemail.net": "hubspot", "exacttarget.com": "salesforce", "mktomail.com": "marketo",
    "constantcontact.com": "constantcontact", "ccsend.com": "constantcontact", "createsend.com": "campaignmonitor",
    "klaviyomail.com": "klaviyo", "sparkpostmail.com": "sparkpost", "crsend.com": "cleverreach",
    "emailsys1a.net": "rapidmail", "smoton.com": "smoton", "srv2.de": "optimizely", "emarsys.net": "emarsys",
    "emsecure.net": "selligent", "slgnt.eu": "selligent", "newsletter2go.com": "newsletter2go",
    "groups.io": "groups.io", "icpbounce.com": "icontact", "myngp.com": "ngpvan",
}  # fmt: skip
_BY_HEADER = {
    "x-mc-user": "mailchimp", "x-mandrill-user": "mandrill", "x-mailin-campaign": "brevo", "x-sib-id": "brevo",
    "x-mj-mid": "mailjet", "x-sg-eid": "sendgrid", "x-sg-id": "sendgrid", "x-ses-outgoing": "amazonses",
    "x-mailgun-sid": "mailgun", "x-pm-message-id": "postmark", "x-hs-cid": "hubspot", "x-sfmc-stack": "salesforce",
    "x-roving-id": "constantcontact", "x-kmail-account": "klaviyo", "x-msys-api": "sparkpost",
    "x-ma-reference": "selligent",
}  # fmt: skip


def services(names: Iterable[str], domains: tuple[str, ...]) -> tuple[str, ...]:
    """Return the services whose marks a mail carries: names of headers, registrable domains of DKIM and return path."""
    named = [_BY_DOMAIN[domain] for domain in domains if domain in _BY_DOMAIN]
    named += [_BY_HEADER[name] for name in names if name in _BY_HEADER]
    return tuple(dict.fromkeys(named))
