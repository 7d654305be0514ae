"""Microsoft Graph mail: msal and msgraph-sdk stay behind this door."""
