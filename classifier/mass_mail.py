"""The domains of services that send or relay for thousands of firms: they name the carrier, never the sender."""

# Own compilation of DKIM and return-path domains, as they stand in mails of these services.
_SERVICES = """
sendgrid.net sendgrid.info sendgrid.com mailgun.org mailgun.net mailgun.com mcsv.net mcdlv.net mcsignup.com rsgsv.net
mailchimp.com mailchimpapp.net mandrillapp.com list-manage.com amazonses.com sparkpostmail.com sparkpost.com
mailjet.com mjt.lu sendinblue.com sendibm1.com sendibm2.com sendibm3.com brevo.com brevosend.com cleverreach.com
crsend.com rapidmail.de emailsys.net emailsys1a.net emailsys2a.net inxmail.com inxserver.com inxserver.de emarsys.net
emarsys.com exacttarget.com exct.net sfmc-content.com mcemail.com hubspotemail.net hubspotservicehub.com hs-send.com
ccsend.com constantcontact.com cmail19.com cmail20.com createsend.com createsend1.com createsend2.com klaviyomail.com
klaviyo.com activehosted.com acems1.com acems2.com acems3.com emlnk.com getresponse.com getresponse-mail.com
mailerlite.com mlsend.com mlsend2.com mailersend.net mktomail.com mktdns.com marketo.com pardot.com mtasv.net
postmarkapp.com pm-bounces.com elasticemail.com newsletter2go.com nl2go.com optivo.net srv2.de episerver.net
elaine-asp.de artegic.net evalanche.net sc-networks.com mapp.com ecircle.com ecircleag.com emsecure.net slgnt.eu
selligent.com agnitas.de agnitas.eu promio-mail.com promio.net kajomi.de klick-tipp.com klicktipp.com klickmail.de
quentn.com quentn-mail.com sendeffect.de mailingwork.de xqueue.com maileon.com mailingliste.de supermailer.de
newsmanapp.com customeriomail.com customer.io iterable.com moosend.com aweber.com infusionmail.com convertkit-mail.com
convertkit-mail2.com beehiiv.com beehiivmail.com icontact.com dotmailer.com dotdigital.com responsys.net silverpop.com
acoustic.co chtah.net cheetahmail.com cheetahdigital.com bm23.com listrak.com sailthru.com bounceexchange.com
intercom-mail.com zendesk.com freshdesk.com freshemail.io mail-tester.com smtp.com smtp2go.com socketlabs.com
turbo-smtp.com tipimail.com flowmailer.net flowmailer.com mailplus.nl spotler.com laposta.nl copernica.com
copernica.nl apsis.com apsis.one rule.io ungapped.com benchmarkemail.com benchmarkmail.com sendpulse.com sender.net
omnisend.com omnisendlink.com drip.com ontramail.com keap.com vresp.com verticalresponse.com mailup.com
contactlab.com edrone.me freshmail.com salesmanago.com unisender.com sendsay.ru bird.com messagebird.com
"""

# Mailing list hosts, ticket relays and tenant domains that belong to whoever rents them.
_SHARED = """
googlegroups.com groups.io yahoogroups.com yahoogroups.de freelists.org listserv.net mailman3.org onmicrosoft.com
sharepoint.com microsoftonline.com outlook-mail.net github.io githubusercontent.com herokuapp.com appspot.com
myshopify.com shopifyemail.com wixemails.com squarespace-mail.com bcc.mailbox.org salesforce.com force.com
docusign.net eventbrite.com
"""

# `salesforce.com` and the like also have staff of their own: an address of theirs can be confirmed, the domain cannot.
MASS_MAIL: frozenset[str] = frozenset((_SERVICES + _SHARED).split())
SERVICES: frozenset[str] = frozenset(_SERVICES.split())
